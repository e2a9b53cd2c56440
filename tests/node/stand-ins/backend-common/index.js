'use strict';

/** Backstage's answer to a request that failed, as far as the plug-in's callers see it. */
exports.errorHandler = () => (error, _request, response, _next) => {
  response.status(500).json({ error: { name: error.name, message: error.message } });
};
