//! Lists: one Query per access pattern, never a Scan.

mod pattern;
mod position;

use aws_sdk_dynamodb::types::AttributeValue;
use protium_app::ports::{Entity, Keep, ListQuery, PortError};
use protium_app::{Page, PageRequest};

use crate::error::port_error;
use crate::items::{self, Attributes};
use crate::store::DynamoStore;
use pattern::Pattern;

/// How many Querys one page may cost. A filter that matches little, or records so large that DynamoDB cuts at 1 MB,
/// end a page early; the caller goes on from its position.
const MOST_QUERIES: usize = 10;

/// How many items one Query looks at at least when a filter drops some of them.
const FILTERED_BATCH: usize = 100;

impl DynamoStore {
    pub(crate) async fn query(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: Option<&Keep<'_>>,
    ) -> Result<Page<Entity>, PortError> {
        let pattern = pattern::of(query);
        let limit = page.limit.max(1);
        let drops_some = keep.is_some() || !pattern.filter.is_empty();
        let mut start = page.after.as_deref().map(|token| position::read(&pattern, token)).transpose()?;
        let mut found: Vec<(String, Entity)> = Vec::new();
        for _ in 0..MOST_QUERIES {
            // One item more than asked for tells whether there is a next page, so that the last page says so.
            let wanted = limit + 1 - found.len();
            let batch = if drops_some { wanted.max(FILTERED_BATCH) } else { wanted };
            let (items, last) = self.query_once(&pattern, batch, start.take()).await?;
            for item in items {
                let place = position::write(&pattern, &item)?;
                let entity = items::decode(item)?;
                if keep.is_none_or(|keep| keep(&entity)) {
                    found.push((place, entity));
                }
            }
            start = last;
            if found.len() > limit || start.is_none() {
                break;
            }
        }
        let next = if found.len() > limit {
            found.truncate(limit);
            found.last().map(|(place, _)| place.clone())
        } else {
            start.map(|item| position::write(&pattern, &item)).transpose()?
        };
        Ok(Page { items: found.into_iter().map(|(_, entity)| entity).collect(), next })
    }

    /// One Query; its items and where it ended, unless that is the end of the list.
    async fn query_once(
        &self,
        pattern: &Pattern,
        batch: usize,
        start: Option<Attributes>,
    ) -> Result<(Vec<Attributes>, Option<Attributes>), PortError> {
        let (condition, names, values) = pattern.key_condition();
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(pattern.index.map(|index| index.name().to_owned()))
            // Indexes can't be read consistently.
            .consistent_read(pattern.index.is_none())
            .key_condition_expression(condition)
            .scan_index_forward(!pattern.newest_first)
            .limit(i32::try_from(batch).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        for (name, attribute) in names {
            request = request.expression_attribute_names(name, attribute);
        }
        for (name, value) in values {
            request = request.expression_attribute_values(name, AttributeValue::S(value));
        }
        if let Some(filter) = pattern.filter_expression() {
            request = request.filter_expression(filter);
        }
        let output = request.send().await.map_err(|error| port_error("dynamodb:Query", &error))?;
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key.filter(|key| !key.is_empty())))
    }
}
