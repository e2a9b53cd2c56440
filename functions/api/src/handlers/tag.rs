//! Tags (behaviour 11).

use protium_app::App;
use protium_app::tag::{tags_list, tags_put, tags_remove};
use protium_wire::Page;
use protium_wire::common::Tag;
use protium_wire::tag as wire;

use super::convert;
use crate::error::Answer;

/// TagResource.
pub(crate) async fn put(app: &App, input: wire::TagResourceInput) -> Answer<wire::TagResourceOutput> {
    let tags = convert::tags(Some(input.tags))?;
    tags_put(app, &input.resource_arn, &tags).await?;
    Ok(wire::TagResourceOutput {})
}

/// UntagResource.
pub(crate) async fn remove(app: &App, input: wire::UntagResourceInput) -> Answer<wire::UntagResourceOutput> {
    tags_remove(app, &input.resource_arn, &input.tag_keys).await?;
    Ok(wire::UntagResourceOutput {})
}

/// ListTagsForResource.
pub(crate) async fn list(
    app: &App,
    input: wire::ListTagsForResourceInput,
) -> Answer<wire::ListTagsForResourceOutput> {
    let page = Page::of(&input)?;
    let found = tags_list(app, &input.resource_arn, &convert::page_request(&page)).await?;
    Ok(wire::ListTagsForResourceOutput {
        next_token: page.next(found.next.as_deref()),
        tags: found.items.into_iter().map(|(key, value)| Tag { key, value }).collect(),
    })
}
