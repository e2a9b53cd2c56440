//! Items of every format that there ever was stay readable.
//!
//! `golden/format-<n>` holds one item per kind of record in DynamoDB's JSON, as it lay in somebody's table. They are
//! written once, when a format or a kind is made (`cargo test -p protium-store -- --ignored golden_items_are_written`), and never
//! changed afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use protium_app::ports::Entity;
use protium_domain::time::Timestamp;
use protium_testkit::FixedClock;
use serde_json::Value;

use super::samples::samples;
use super::{Attributes, decode, decode_any, encode, format};

fn folder(format: u32) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "golden", &format!("format-{format}")].iter().collect()
}

fn golden(format: u32) -> Vec<(String, serde_dynamo::Item)> {
    let mut items: Vec<(String, serde_dynamo::Item)> = fs::read_dir(folder(format))
        .expect("the format has golden items")
        .map(|entry| entry.expect("readable").path())
        .map(|path| {
            let text = fs::read_to_string(&path).expect("readable");
            (path.display().to_string(), serde_json::from_str(&text).expect("DynamoDB's JSON"))
        })
        .collect();
    items.sort_by(|one, other| one.0.cmp(&other.0));
    items
}

fn text(item: &serde_dynamo::Item, attribute: &str) -> String {
    match item.inner().get(attribute) {
        Some(serde_dynamo::AttributeValue::S(text)) => text.clone(),
        other => panic!("{attribute} is {other:?}"),
    }
}

fn encoded(entity: &Entity) -> serde_dynamo::Item {
    let item = encode(entity, "commit", FixedClock::START).expect("it can be written");
    Attributes::into(item)
}

/// Whether everything that `old` says is still said by `new`, which may say more.
fn holds_all(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.iter().all(|(key, old)| new.get(key).is_some_and(|new| holds_all(old, new)))
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| holds_all(old, new))
        }
        (old, new) => old == new,
    }
}

#[test]
fn items_of_all_formats_are_read() {
    for format in 1..=format::CURRENT {
        for (file, item) in golden(format) {
            let entity = decode_any(item.clone()).unwrap_or_else(|error| panic!("{file}: {error}"));
            let again = decode_any(encoded(&entity)).expect("written a moment ago");
            assert_eq!(entity, again, "{file} comes back from the current format");
        }
    }
}

#[test]
fn nothing_that_an_item_says_is_lost_or_lies_elsewhere() {
    let record = |item: &serde_dynamo::Item| -> Value {
        serde_json::from_str(&text(item, "record")).expect("a record is JSON")
    };
    for (file, item) in golden(format::CURRENT) {
        let again = encoded(&decode_any(item.clone()).unwrap_or_else(|error| panic!("{file}: {error}")));
        assert!(holds_all(&record(&item), &record(&again)), "{file}: a member of the record is forgotten");
        // Items that nobody touches keep their keys: a list that looks elsewhere wouldn't find them.
        for (attribute, value) in item.inner() {
            if attribute != "record" {
                assert_eq!(again.inner().get(attribute), Some(value), "{file}: {attribute}");
            }
        }
    }
}

#[test]
fn every_kind_has_a_golden_item() {
    let kinds = |items: Vec<serde_dynamo::Item>| -> BTreeSet<String> {
        items.iter().map(|item| text(item, "kind")).collect()
    };
    let kept = kinds(golden(format::CURRENT).into_iter().map(|(_, item)| item).collect());
    let known = kinds(samples().iter().map(|(_, entity)| encoded(entity)).collect());
    assert_eq!(kept, known);
}

#[test]
fn an_item_of_a_later_format_is_an_error_that_says_what_to_do() {
    let (_, item) = golden(format::CURRENT).remove(0);
    let mut later = item.into_inner();
    later.insert("format".to_owned(), serde_dynamo::AttributeValue::N("999".to_owned()));
    let error = decode_any(later.into()).expect_err("from the future").to_string();
    assert!(error.contains("format 999") && error.contains("install"), "{error}");
}

#[test]
fn a_broken_item_is_an_error_that_tells_where_it_lies_and_nothing_of_its_contents() {
    let (_, item) = golden(format::CURRENT).remove(0);
    let mut broken = item.into_inner();
    let (pk, sk) = (broken["pk"].clone(), broken["sk"].clone());
    let secret = serde_dynamo::AttributeValue::S("{\"secret\":1".to_owned());
    broken.insert("record".to_owned(), secret);
    let error = decode_any(broken.into()).expect_err("broken").to_string();
    for key in [pk, sk] {
        let serde_dynamo::AttributeValue::S(key) = key else { panic!("a key is a text") };
        assert!(error.contains(&key), "{error}");
    }
    assert!(!error.contains("secret"), "{error}");
    let no_item = decode(Attributes::new()).expect_err("nothing");
    assert!(no_item.to_string().contains("? / ?"), "{no_item}");
}

#[test]
#[ignore = "writes the golden items of a new format or kind; one that is there is never written again"]
fn golden_items_are_written() {
    let folder = folder(format::CURRENT);
    fs::create_dir_all(&folder).expect("writable");
    for (name, entity) in samples() {
        let item = encoded(&entity);
        let sorted: std::collections::BTreeMap<_, _> = item.inner().iter().collect();
        let json = serde_json::to_string_pretty(&sorted).expect("an item is JSON");
        let file = folder.join(format!("{name}.json"));
        if !file.exists() {
            fs::write(file, format!("{json}\n")).expect("writable");
        }
    }
}

#[test]
fn time_to_live_is_in_seconds_and_never_early() {
    let ttl = |entity: &Entity| match encoded(entity).inner().get("ttl") {
        Some(serde_dynamo::AttributeValue::N(seconds)) => seconds.parse::<i64>().ok(),
        _ => None,
    };
    let start = FixedClock::START.as_millis() / 1000;
    for (name, entity) in samples() {
        let expected = match name {
            "client-token" => Some(start + 8 * 60 * 60),
            // 1,001 ms are not over after one second.
            "stack-wait" => Some(start + 2),
            "fleet-target-kept" => Some(start + 187 * 24 * 60 * 60),
            "upload" => Some(start + 30 * 24 * 60 * 60),
            _ => None,
        };
        assert_eq!(ttl(&entity), expected, "{name}");
    }
    assert_eq!(super::whole_seconds(Timestamp::from_millis(-1)), 0);
}
