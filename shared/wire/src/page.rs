//! Pages of lists (behaviour 13): how many entries, from where on, and the token that continues.
//!
//! A token carries the position after the last entry, bound to the operation and to the filters it was made for. It
//! needs no secret: it holds nothing that the caller didn't just read, and every query it continues is made with the
//! caller's account anyway. The digest in it tells a damaged or misplaced token from a good one.

use crate::{
    error::{ErrorCode, WireError},
    operations::Request,
    shape::{Kind, Shape},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Entries of a page when the request doesn't say.
pub const DEFAULT_LIMIT: usize = 100;

/// Bytes of the digest in a token.
const DIGEST_LENGTH: usize = 16;
/// First byte of a token, so that its form can change.
const VERSION: u8 = 1;

/// Which page of a list a request asks for.
///
/// ```
/// use protium_wire::{Page, decode, service::ListServicesInput};
/// let input: ListServicesInput = decode(&serde_json::json!({"maxResults": 2}))?;
/// let page = Page::of(&input)?;
/// assert_eq!((page.limit(), page.position()), (2, None));
/// let token = page.next(Some("SERVICE#billing"));
///
/// let input = ListServicesInput { next_token: token, ..input };
/// assert_eq!(Page::of(&input)?.position(), Some("SERVICE#billing"));
/// # Ok::<(), protium_wire::WireError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    limit: usize,
    position: Option<String>,
    scope: Vec<u8>,
    continues: bool,
}

impl Page {
    /// Reads `maxResults` and `nextToken` of a list's input; everything else in it is filter.
    ///
    /// # Errors
    ///
    /// `ValidationException` for a token that is damaged, or was made by another operation or with other filters.
    pub fn of<R: Request>(input: &R) -> Result<Self, WireError> {
        let mut filter = serde_json::to_value(input)
            .map_err(|_| WireError::new(ErrorCode::InternalServer, "The request could not be read again."))?;
        let mut take = |name| filter.as_object_mut().and_then(|members| members.remove(name));
        let limit = take("maxResults").and_then(|value| value.as_u64()).map_or(DEFAULT_LIMIT, |n| n as usize);
        let token = take("nextToken").filter(|token| token != "");
        let scope = format!("{}\n{filter}", R::OPERATION.name()).into_bytes();
        let position = match &token {
            Some(Value::String(token)) => Some(token_open(token, &scope)?),
            _ => None,
        };
        Ok(Self { limit, position, scope, continues: has_pages(R::OPERATION.description().output) })
    }

    /// How many entries the page has at most, 1 to 100.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// What was given to [`Page::next`] for the page before; none for the first page.
    pub fn position(&self) -> Option<&str> {
        self.position.as_deref()
    }

    /// The token for the page after this one, which begins behind `position`; none on the last page, and none ever
    /// for lists that Proton answers in one piece.
    pub fn next(&self, position: Option<&str>) -> Option<String> {
        position.filter(|_| self.continues).map(|position| token_issue(position, &self.scope))
    }
}

/// Whether the list's token can be anything but empty.
fn has_pages(output: &Shape) -> bool {
    let token = output.members().iter().find(|member| member.name == "nextToken");
    token.is_some_and(|token| !matches!(token.shape.kind, Kind::Text { length: Some((_, 0)), .. }))
}

fn token_issue(position: &str, scope: &[u8]) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&digest(position, scope));
    bytes.extend_from_slice(position.as_bytes());
    STANDARD.encode(bytes)
}

fn token_open(token: &str, scope: &[u8]) -> Result<String, WireError> {
    let open = || {
        let bytes = STANDARD.decode(token).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (given, position) = rest.split_at_checked(DIGEST_LENGTH)?;
        let position = std::str::from_utf8(position).ok()?;
        (*version == VERSION && given == digest(position, scope)).then(|| position.to_owned())
    };
    open().ok_or_else(|| {
        let message = "The nextToken is not valid for this request. Repeat the request that returned it with the \
                       same parameters, or start again without nextToken.";
        WireError::new(ErrorCode::Validation, message)
    })
}

fn digest(position: &str, scope: &[u8]) -> [u8; DIGEST_LENGTH] {
    let digest = Sha256::new().chain_update(scope).chain_update([0]).chain_update(position).finalize();
    std::array::from_fn(|index| digest[index])
}
