'use strict';

/** Backstage registers what this is given. */
exports.createTemplateAction = action => action;
