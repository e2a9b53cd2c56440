//! Tags (behaviour 11).

use crate::{
    common::TagList,
    macros::{lists, structures},
    values::{Arn, MaxPageResults, String, TagKey},
};

structures! {
    /// Request of [`ListTagsForResource`](crate::Operation::ListTagsForResource).
    ListTagsForResourceInput {
        max_results: MaxPageResults,
        next_token: String,
        resource_arn: Arn (required),
    }

    /// Answer of [`ListTagsForResource`](crate::Operation::ListTagsForResource).
    ListTagsForResourceOutput {
        next_token: String,
        tags: TagList (required),
    }

    /// Request of [`TagResource`](crate::Operation::TagResource).
    TagResourceInput {
        resource_arn: Arn (required),
        tags: TagList (required),
    }

    /// Answer of [`TagResource`](crate::Operation::TagResource).
    TagResourceOutput {}

    /// Request of [`UntagResource`](crate::Operation::UntagResource).
    UntagResourceInput {
        resource_arn: Arn (required),
        tag_keys: TagKeyList (required),
    }

    /// Answer of [`UntagResource`](crate::Operation::UntagResource).
    UntagResourceOutput {}
}

lists! {
    /// Keys of tags.
    TagKeyList of TagKey (0, 50);
}
