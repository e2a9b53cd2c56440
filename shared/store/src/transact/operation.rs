//! Writes as operations of DynamoDB with their conditions.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use protium_app::ports::{Entity, PortError, Write};
use protium_domain::revision::Revision;
use protium_domain::tally::Tally;
use protium_domain::time::Timestamp;

use crate::items::{self, Attributes, attribute};
use crate::keys::{self, PrimaryKey};
use crate::reads::key_attributes;

/// What is done to an item.
pub(super) enum Action {
    Put(Attributes),
    Delete(PrimaryKey),
    Check(PrimaryKey),
    /// Moves a counter on by so many; what it would be if it were made now tells what else its item says.
    Count(PrimaryKey, Attributes, i64),
}

/// One operation.
pub(super) struct Operation {
    pub(super) action: Action,
    pub(super) condition: Option<Condition>,
}

/// What must hold for the item that is there. Attributes stand in expressions by placeholders, since many words are
/// reserved.
pub(super) struct Condition {
    pub(super) expression: &'static str,
    names: Vec<(&'static str, &'static str)>,
    values: Vec<(&'static str, AttributeValue)>,
}

impl Condition {
    fn new(expression: &'static str) -> Self {
        Self { expression, names: Vec::new(), values: Vec::new() }
    }

    fn name(mut self, placeholder: &'static str, attribute: &'static str) -> Self {
        self.names.push((placeholder, attribute));
        self
    }

    fn value(mut self, placeholder: &'static str, value: AttributeValue) -> Self {
        self.values.push((placeholder, value));
        self
    }

    /// The item isn't there.
    fn absent() -> Self {
        Self::new("attribute_not_exists(#pk)").name("#pk", attribute::PK)
    }

    /// The item is there.
    fn present() -> Self {
        Self::new("attribute_exists(#pk)").name("#pk", attribute::PK)
    }

    /// The item is there with this revision.
    fn revision(revision: Revision) -> Self {
        Self::new("#revision = :revision")
            .name("#revision", attribute::REVISION)
            .value(":revision", AttributeValue::N(revision.as_u64().to_string()))
    }

    /// The counter stands below this.
    fn below(most: u64) -> Self {
        // One that isn't there stands at 0.
        let expression =
            if most > 0 { "attribute_not_exists(#pk) OR #count < :most" } else { "#count < :most" };
        let condition = Self::new(expression).name("#count", attribute::COUNT);
        let condition = if most > 0 { condition.name("#pk", attribute::PK) } else { condition };
        condition.value(":most", AttributeValue::N(most.to_string()))
    }

    /// The token isn't there, or has expired `now`. DynamoDB removes it at some time after that.
    fn free(now: Timestamp) -> Self {
        Self::new("attribute_not_exists(#pk) OR #expiresAt <= :now")
            .name("#pk", attribute::PK)
            .name("#expiresAt", attribute::EXPIRES_AT)
            .value(":now", millis(now))
    }

    /// The item may be used by `attribute`, and no deletion guard is looking for its users `now`. A guard's mark ends
    /// by itself, in case the guard died.
    fn usable(attribute: &'static str, now: Timestamp) -> Self {
        Self::new("#usable = :true AND (attribute_not_exists(#deletingUntil) OR #deletingUntil <= :now)")
            .name("#usable", attribute)
            .name("#deletingUntil", attribute::DELETING_UNTIL)
            .value(":true", AttributeValue::Bool(true))
            .value(":now", millis(now))
    }

    /// The fleet update admits just these claims.
    fn admitting(admission: &str) -> Self {
        Self::new("#admits = :admits")
            .name("#admits", attribute::ADMITS)
            .value(":admits", AttributeValue::S(admission.to_owned()))
    }

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        let owned = |(placeholder, name): &(&str, &str)| ((*placeholder).to_owned(), (*name).to_owned());
        (!self.names.is_empty()).then(|| self.names.iter().map(owned).collect())
    }

    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        let owned = |(name, value): &(&str, AttributeValue)| ((*name).to_owned(), value.clone());
        (!self.values.is_empty()).then(|| self.values.iter().map(owned).collect())
    }
}

fn millis(time: Timestamp) -> AttributeValue {
    AttributeValue::N(time.as_millis().to_string())
}

/// The operation that a write asks for, as part of `commit`.
///
/// # Errors
/// Those of [`items::encode`].
pub(super) fn of(write: &Write, commit: &str, now: Timestamp) -> Result<Operation, PortError> {
    let put = |entity: &Entity| items::encode(entity, commit, now).map(Action::Put);
    let (action, condition) = match write {
        Write::Create(entity) => (put(entity)?, Some(Condition::absent())),
        Write::Replace(entity, revision) => (put(entity)?, Some(Condition::revision(*revision))),
        Write::Put(entity) => (put(entity)?, None),
        Write::Claim(token, at) => (put(&token.clone().into())?, Some(Condition::free(*at))),
        Write::ReplaceSettings(settings, revision) => {
            let condition = revision.map_or_else(Condition::absent, Condition::revision);
            (put(&settings.clone().into())?, Some(condition))
        }
        Write::Count(counter, by, most) => {
            let made = Tally { counter: counter.clone(), count: 0 };
            let item = items::encode(&made.into(), commit, now)?;
            (Action::Count(keys::primary(&write.key()), item, *by), most.map(Condition::below))
        }
        Write::Delete(_, revision) => (delete(write), Some(Condition::revision(*revision))),
        Write::Remove(_) => (delete(write), None),
        Write::RequireDeployable(_, _, _, at) => {
            (check(write), Some(Condition::usable(attribute::DEPLOYABLE, *at)))
        }
        Write::RequireInhabitable(_, at) => {
            (check(write), Some(Condition::usable(attribute::INHABITABLE, *at)))
        }
        Write::RequireLinked(_, at) => (check(write), Some(Condition::usable(attribute::LINKED, *at))),
        Write::RequireTemplate(_, _) | Write::RequireService(_) => (check(write), Some(Condition::present())),
        Write::RequireAbsent(_) => (check(write), Some(Condition::absent())),
        Write::RequireAdmitting(_, wave, roll_back) => {
            (check(write), Some(Condition::admitting(&keys::admission(*wave, *roll_back))))
        }
    };
    Ok(Operation { action, condition })
}

fn delete(write: &Write) -> Action {
    Action::Delete(keys::primary(&write.key()))
}

fn check(write: &Write) -> Action {
    Action::Check(keys::primary(&write.key()))
}

impl Operation {
    /// The operation as part of a transaction on `table`.
    pub(super) fn transact_item(&self, table: &str) -> Result<TransactWriteItem, PortError> {
        let expression = self.condition.as_ref().map(|condition| condition.expression.to_owned());
        let names = self.condition.as_ref().and_then(Condition::names);
        let values = self.condition.as_ref().and_then(Condition::values);
        let item = TransactWriteItem::builder();
        Ok(match &self.action {
            Action::Put(attributes) => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(attributes.clone()))
                    .set_condition_expression(expression)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(incomplete)?,
            ),
            Action::Delete(key) => item.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key.clone())))
                    .set_condition_expression(expression)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(incomplete)?,
            ),
            Action::Count(key, made, by) => {
                item.update(count(table, key, made, *by, self.condition.as_ref())?)
            }
            Action::Check(key) => item.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key.clone())))
                    .set_condition_expression(expression)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(incomplete)?,
            ),
        }
        .build())
    }
}

/// The update that moves a counter on, and makes it when it isn't there.
fn count(
    table: &str,
    key: &PrimaryKey,
    made: &Attributes,
    by: i64,
    condition: Option<&Condition>,
) -> Result<Update, PortError> {
    const SET: [(&str, &str, &str); 3] = [
        ("#kind", ":kind", attribute::KIND),
        ("#format", ":format", attribute::FORMAT),
        ("#record", ":record", attribute::RECORD),
    ];
    let mut names = condition.and_then(Condition::names).unwrap_or_default();
    let mut values = condition.and_then(Condition::values).unwrap_or_default();
    for (name, value, attribute) in SET {
        names.insert(name.to_owned(), attribute.to_owned());
        values.extend(made.get(attribute).map(|made| (value.to_owned(), made.clone())));
    }
    names.insert("#count".to_owned(), attribute::COUNT.to_owned());
    values.insert(":by".to_owned(), AttributeValue::N(by.to_string()));
    Update::builder()
        .table_name(table)
        .set_key(Some(key_attributes(key.clone())))
        .update_expression("SET #kind = :kind, #format = :format, #record = :record ADD #count :by")
        .set_condition_expression(condition.map(|condition| condition.expression.to_owned()))
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values(Some(values))
        .build()
        .map_err(incomplete)
}

fn incomplete(error: BuildError) -> PortError {
    PortError::Failed { operation: "dynamodb:TransactWriteItems", message: error.to_string() }
}
