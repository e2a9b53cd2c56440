//! The whole table, for operators' exports: the one Scan there is (see [`protium_app::ports::Inventory`]).

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use protium_app::Page;
use protium_app::ports::{Inventory, Marked, PortError};

use crate::error::port_error;
use crate::items::{self, Attributes, attribute};
use crate::keys::PrimaryKey;
use crate::reads::key_attributes;
use crate::store::DynamoStore;

#[async_trait]
impl Inventory for DynamoStore {
    async fn records(&self, after: Option<&str>) -> Result<Page<Marked>, PortError> {
        let start = after.map(position_read).transpose()?.map(key_attributes);
        let request = self.client.scan().table_name(&self.table).consistent_read(true);
        let output = request
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| port_error("dynamodb:Scan", &error))?;
        let last = output.last_evaluated_key.filter(|key| !key.is_empty());
        let marked = |item: Attributes| {
            let mark = mark(&item);
            Ok(Marked { entity: items::decode(item)?, mark })
        };
        Ok(Page {
            items: output
                .items
                .unwrap_or_default()
                .into_iter()
                .map(marked)
                .collect::<Result<_, PortError>>()?,
            next: last.map(|key| position_write(&key)).transpose()?,
        })
    }
}

/// The commit that wrote the item, and where a counter stands, which moves on without writing the item anew.
fn mark(item: &Attributes) -> String {
    let text = |name: &str| match item.get(name) {
        Some(AttributeValue::S(value) | AttributeValue::N(value)) => value.clone(),
        _ => String::new(),
    };
    format!("{} {}", text(attribute::COMMIT), text(attribute::COUNT))
}

fn position_write(key: &Attributes) -> Result<String, PortError> {
    let text = |name: &str| key.get(name).and_then(|value| value.as_s().ok()).cloned();
    let (Some(pk), Some(sk)) = (text(attribute::PK), text(attribute::SK)) else {
        return Err(PortError::Unreadable("a Scan ended at something without a key".to_owned()));
    };
    serde_json::to_string(&[pk, sk]).map_err(|error| PortError::Unreadable(error.to_string()))
}

fn position_read(position: &str) -> Result<PrimaryKey, PortError> {
    let [pk, sk]: [String; 2] = serde_json::from_str(position).map_err(|_| PortError::ForeignPosition)?;
    if pk.is_empty() || sk.is_empty() { Err(PortError::ForeignPosition) } else { Ok(PrimaryKey { pk, sk }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_back_and_foreign_ones_are_refused() {
        let key = PrimaryKey { pk: "SERVICE#a\"b".to_owned(), sk: "INSTANCE#c".to_owned() };
        let position = position_write(&key_attributes(key.clone())).expect("a key");
        assert_eq!(position_read(&position).expect("ours"), key);
        for foreign in ["", "[]", "[\"a\"]", "[\"a\",\"\"]", "{\"pk\":\"a\"}", "[\"a\",\"b\",\"c\"]"] {
            assert!(matches!(position_read(foreign), Err(PortError::ForeignPosition)), "{foreign}");
        }
    }
}
