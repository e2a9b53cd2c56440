//! Tokens continue the list that they were made for, and nothing else.

use proptest::prelude::*;
use protium_wire::{
    ErrorCode, Page, decode, environment::ListEnvironmentOutputsInput,
    environment_template::ListEnvironmentTemplatesInput, service::ListServicesInput,
    service_instance::ListServiceInstancesInput,
};
use serde_json::json;

fn instances(change: serde_json::Value) -> ListServiceInstancesInput {
    decode(&change).unwrap()
}

#[test]
fn a_page_has_a_hundred_entries_unless_said_otherwise() {
    assert_eq!(Page::of(&instances(json!({}))).unwrap().limit(), 100);
    assert_eq!(Page::of(&instances(json!({"maxResults": 7}))).unwrap().limit(), 7);
}

#[test]
fn the_last_page_has_no_token() {
    assert_eq!(Page::of(&instances(json!({}))).unwrap().next(None), None);
}

#[test]
fn the_length_of_pages_may_change_on_the_way() {
    let token =
        Page::of(&instances(json!({"serviceName": "web", "maxResults": 7}))).unwrap().next(Some("here"));
    let input = instances(json!({"serviceName": "web", "maxResults": 9, "nextToken": token}));
    assert_eq!(Page::of(&input).unwrap().position(), Some("here"));
}

#[test]
fn a_token_is_refused_elsewhere() {
    let token = Page::of(&instances(json!({"serviceName": "web"}))).unwrap().next(Some("here")).unwrap();
    let other_filter = Page::of(&instances(json!({"serviceName": "api", "nextToken": token})));
    let services: ListServicesInput = decode(&json!({"nextToken": token})).unwrap();
    for refused in [other_filter, Page::of(&services)] {
        let error = refused.unwrap_err();
        assert_eq!(error.code, ErrorCode::Validation);
        assert!(error.message.contains("nextToken"));
    }
}

#[test]
fn lists_in_one_piece_never_have_a_token() {
    let input: ListEnvironmentOutputsInput =
        decode(&json!({"environmentName": "a", "nextToken": ""})).unwrap();
    let page = Page::of(&input).unwrap();
    assert_eq!((page.position(), page.next(Some("more"))), (None, None));
}

proptest! {
    #[test]
    fn a_token_satisfies_the_model_and_leads_back(position in ".{0,300}") {
        let first: ListEnvironmentTemplatesInput = decode(&json!({})).unwrap();
        let token = Page::of(&first).unwrap().next(Some(&position));
        let input: ListEnvironmentTemplatesInput = decode(&json!({"nextToken": token})).unwrap();
        let page = Page::of(&input).unwrap();
        prop_assert_eq!(page.position(), Some(position.as_str()));
    }

    #[test]
    fn a_damaged_token_is_refused(position in "[a-z#]{1,40}", place in any::<prop::sample::Index>(), bit in 0..6_u32) {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let token = Page::of(&instances(json!({}))).unwrap().next(Some(&position)).unwrap();
        let mut bytes = token.trim_end_matches('=').as_bytes().to_vec();
        let place = place.index(bytes.len());
        let value = ALPHABET.iter().position(|byte| *byte == bytes[place]).unwrap() ^ (1 << bit);
        bytes[place] = ALPHABET[value];
        let padding = &token[bytes.len()..];
        let damaged = format!("{}{padding}", String::from_utf8(bytes).unwrap());
        let input = instances(json!({"nextToken": damaged}));
        prop_assert!(Page::of(&input).is_err());
    }

    #[test]
    fn any_other_text_is_refused(token in "[A-Za-z0-9+/=]{1,80}") {
        let input = instances(json!({"nextToken": token}));
        prop_assert!(Page::of(&input).is_err());
    }
}
