//! Positions in lists: where a page ended, for the next one to begin behind.
//!
//! A position is the key that DynamoDB goes on from: partition and sort key of the list and, for an index, the primary
//! key of the item. It is written as a JSON array and believed only by the list that it comes from: for a key outside of
//! a Query's bounds DynamoDB answers an error at best.

use aws_sdk_dynamodb::types::AttributeValue;
use protium_app::ports::PortError;

use super::pattern::Pattern;
use crate::items::{Attributes, attribute};

/// The position of an item, or of the key at which a Query ended.
pub(super) fn write(pattern: &Pattern, item: &Attributes) -> Result<String, PortError> {
    let texts: Vec<&String> = attributes(pattern)
        .into_iter()
        .map(|name| item.get(name).and_then(|value| value.as_s().ok()))
        .collect::<Option<_>>()
        .ok_or_else(|| PortError::Unreadable("an item of a list lacks the list's keys".to_owned()))?;
    serde_json::to_string(&texts).map_err(|error| PortError::Unreadable(error.to_string()))
}

/// The key to go on from.
///
/// # Errors
/// [`PortError::ForeignPosition`] for anything that [`write`] didn't make for this list.
pub(super) fn read(pattern: &Pattern, position: &str) -> Result<Attributes, PortError> {
    let foreign = || PortError::ForeignPosition;
    let texts: Vec<String> = serde_json::from_str(position).map_err(|_| foreign())?;
    let names = attributes(pattern);
    let belongs = texts.len() == names.len()
        && texts[0] == pattern.partition
        && pattern.range.contains(&texts[1])
        && texts.iter().all(|text| !text.is_empty());
    if !belongs {
        return Err(foreign());
    }
    Ok(names.into_iter().map(str::to_owned).zip(texts.into_iter().map(AttributeValue::S)).collect())
}

/// The attributes that make a position, partition and sort key of the list first.
fn attributes(pattern: &Pattern) -> Vec<&'static str> {
    let mut names = vec![pattern.partition_attribute(), pattern.sort_attribute()];
    if pattern.index.is_some() {
        names.extend([attribute::PK, attribute::SK]);
    }
    names
}

#[cfg(test)]
mod tests {
    use protium_app::ports::ListQuery;
    use protium_domain::name::ResourceName;
    use protium_domain::template::TemplateKind;
    use protium_domain::time::Timestamp;

    use super::super::pattern;
    use super::*;

    fn name(text: &str) -> ResourceName {
        ResourceName::new(text).expect("valid")
    }

    fn item(pairs: &[(&str, &str)]) -> Attributes {
        let value = |text: &str| AttributeValue::S(text.to_owned());
        pairs.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
    }

    #[test]
    fn a_position_leads_back_to_its_key() {
        let pattern = pattern::of(&ListQuery::Services);
        let key = [("gsi1pk", "SERVICE"), ("gsi1sk", "web"), ("pk", "SERVICE#web"), ("sk", "SERVICE")];
        let mut whole = key.to_vec();
        whole.push(("record", "{}"));
        let position = write(&pattern, &item(&whole)).expect("it has the keys");
        assert_eq!(read(&pattern, &position).expect("ours"), item(&key));
    }

    #[test]
    fn a_position_of_another_list_is_refused() {
        let versions =
            |major| pattern::of(&ListQuery::TemplateVersions(TemplateKind::Service, name("a"), major));
        let services = pattern::of(&ListQuery::Services);
        let due = |millis| pattern::of(&ListQuery::WatchesDue(Timestamp::from_millis(millis)));
        let cases = [
            (&services, "", "empty"),
            (&services, "{}", "another form"),
            (&services, r#"["SERVICE","web"]"#, "too short"),
            (&services, r#"["ENVIRONMENT","web","SERVICE#web","SERVICE"]"#, "of another partition"),
            (&services, r#"["SERVICE","web","SERVICE#web",""]"#, "an empty key"),
            (&versions(1), r#"["TEMPLATE#SERVICE#a","VERSION#00000000000000000002#1"]"#, "another major"),
            (&versions(1), r#"["TEMPLATE#SERVICE#b","VERSION#00000000000000000001#1"]"#, "another template"),
            (&due(5), r#"["WATCH","00000000000000000006#a","a","a"]"#, "behind the bound"),
        ];
        for (pattern, position, why) in cases {
            assert!(read(pattern, position).is_err(), "{why}");
        }
    }
}
