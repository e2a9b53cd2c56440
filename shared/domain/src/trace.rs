//! Traces: one id for everything that follows from one request.
//!
//! An id is that of AWS X-Ray and of W3C Trace Context at once: 128 bits, of which X-Ray writes the first 32, seconds
//! since the epoch, apart from the rest. The id of a request is kept with everything that it begins; what X-Ray calls a
//! trace header, the id with the caller's span and whether X-Ray samples it, goes along where a call passes it on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::identifier::Identifier;
use crate::time::Timestamp;

/// The id of a trace; text as X-Ray writes it: `1-<8 hexadecimal digits>-<24 hexadecimal digits>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceId(u128);

/// Why a text is no [`TraceId`] or [`Trace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the id of a trace: it must be 1-, 8 hexadecimal digits, -, 24 hexadecimal digits")]
pub struct InvalidTrace;

const RANDOM_BITS: u32 = 96;

impl TraceId {
    /// The id of a request of `now` that came without one; `id` lends its last 96 bits, most of them random.
    #[must_use]
    pub fn made(now: Timestamp, id: &Identifier) -> Self {
        let seconds = u128::from(u32::try_from(now.as_millis() / 1_000).unwrap_or(u32::MAX));
        let digits: String = id.as_str().chars().filter(char::is_ascii_hexdigit).collect();
        let random = u128::from_str_radix(&digits, 16).unwrap_or_default();
        Self(seconds << RANDOM_BITS | random & ((1 << RANDOM_BITS) - 1))
    }
}

impl FromStr for TraceId {
    type Err = InvalidTrace;

    fn from_str(text: &str) -> Result<Self, InvalidTrace> {
        let (seconds, random) =
            text.strip_prefix("1-").and_then(|rest| rest.split_once('-')).ok_or(InvalidTrace)?;
        Ok(Self(hexadecimal(seconds, 8)? << RANDOM_BITS | hexadecimal(random, 24)?))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, random) = (self.0 >> RANDOM_BITS, self.0 & ((1 << RANDOM_BITS) - 1));
        write!(formatter, "1-{seconds:08x}-{random:024x}")
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A place in a trace: its id, and what a call hands on with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Trace {
    /// The trace.
    pub id: TraceId,
    /// The span that calls.
    pub parent: Option<u64>,
    /// Whether X-Ray keeps the trace; nothing where nobody has decided.
    pub sampled: Option<bool>,
}

impl From<TraceId> for Trace {
    fn from(id: TraceId) -> Self {
        Self { id, parent: None, sampled: None }
    }
}

impl Trace {
    /// Reads the header `traceparent` of W3C Trace Context, version 00.
    ///
    /// # Errors
    /// [`InvalidTrace`] unless it has that form.
    pub fn from_traceparent(text: &str) -> Result<Self, InvalidTrace> {
        let parts: Vec<&str> = text.split('-').collect();
        let ["00", id, parent, flags] = parts.as_slice() else { return Err(InvalidTrace) };
        let id = hexadecimal(id, 32)?;
        let parent = u64::try_from(hexadecimal(parent, 16)?).map_err(|_| InvalidTrace)?;
        let flags = hexadecimal(flags, 2)?;
        // Zeros mean that there is none.
        if id == 0 || parent == 0 {
            return Err(InvalidTrace);
        }
        Ok(Self { id: TraceId(id), parent: Some(parent), sampled: Some(flags & 1 == 1) })
    }
}

/// X-Ray's trace header: `Root=…;Parent=…;Sampled=1`, in any order, with members that we leave out.
impl FromStr for Trace {
    type Err = InvalidTrace;

    fn from_str(text: &str) -> Result<Self, InvalidTrace> {
        let member = |name: &str| {
            text.split(';').find_map(|member| member.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let parent = member("Parent").and_then(|parent| hexadecimal(parent, 16).ok());
        Ok(Self {
            id: member("Root").ok_or(InvalidTrace)?.parse()?,
            parent: parent.and_then(|parent| u64::try_from(parent).ok()),
            sampled: match member("Sampled") {
                Some("1") => Some(true),
                Some("0") => Some(false),
                _ => None,
            },
        })
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Root={}", self.id)?;
        if let Some(parent) = self.parent {
            write!(formatter, ";Parent={parent:016x}")?;
        }
        match self.sampled {
            Some(sampled) => write!(formatter, ";Sampled={}", u8::from(sampled)),
            None => Ok(()),
        }
    }
}

/// Exactly `digits` lowercase hexadecimal digits.
fn hexadecimal(text: &str, digits: usize) -> Result<u128, InvalidTrace> {
    let is_valid = text.len() == digits
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if !is_valid {
        return Err(InvalidTrace);
    }
    u128::from_str_radix(text, 16).map_err(|_| InvalidTrace)
}

macro_rules! text {
    ($($kind:ident),+) => {
        $(impl TryFrom<String> for $kind {
            type Error = InvalidTrace;
            fn try_from(text: String) -> Result<Self, InvalidTrace> {
                text.parse()
            }
        }

        impl From<$kind> for String {
            fn from(value: $kind) -> String {
                value.to_string()
            }
        })+
    };
}

text!(TraceId, Trace);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const ID: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[rstest]
    #[case("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", true)]
    #[case("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", true)]
    #[case("Root=1-5759e988-bd862e3fe1be46a994272793", true)]
    #[case(
        "Sampled=1; Parent=53995c3f42cd8ad8;Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1|b:2",
        true
    )]
    #[case("Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793", true)]
    #[case("Parent=53995c3f42cd8ad8;Sampled=1", false)]
    #[case("Root=1-5759E988-BD862E3FE1BE46A994272793", false)]
    #[case("Root=2-5759e988-bd862e3fe1be46a994272793", false)]
    #[case("Root=1-5759e988-bd862e3fe1be46a99427279", false)]
    #[case("", false)]
    fn headers_of_x_ray_are_read(#[case] text: &str, #[case] is_valid: bool) {
        let trace = text.parse::<Trace>();
        assert_eq!(trace.is_ok(), is_valid, "{trace:?}");
        assert!(trace.is_err() || trace.expect("checked").id.to_string() == ID);
    }

    #[rstest]
    #[case("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01", Some(true))]
    #[case("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00", Some(false))]
    #[case("01-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01", None)]
    #[case("00-00000000000000000000000000000000-53995c3f42cd8ad8-01", None)]
    #[case("00-5759e988bd862e3fe1be46a994272793-0000000000000000-01", None)]
    #[case("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8", None)]
    #[case("", None)]
    fn headers_of_w3c_are_read(#[case] text: &str, #[case] sampled: Option<bool>) {
        let trace = Trace::from_traceparent(text).ok();
        assert_eq!(trace.and_then(|trace| trace.sampled), sampled);
        assert!(trace.is_none_or(|trace| trace.id.to_string() == ID && trace.parent == Some(0x5399_5c3f_42cd_8ad8)));
    }

    #[test]
    fn a_made_id_begins_with_its_second_and_ends_as_the_identifier() {
        let id = Identifier::new("0199a3c2-7b10-7c55-8c1e-2f6a90d4e811").expect("an id");
        let made = TraceId::made(Timestamp::from_millis(0x5759_e988 * 1_000 + 7), &id);
        assert_eq!(made.to_string(), "1-5759e988-7b107c558c1e2f6a90d4e811");
    }

    proptest! {
        #[test]
        fn texts_round_trip(id: u128, parent: Option<u64>, sampled: Option<bool>) {
            let trace = Trace { id: TraceId(id), parent, sampled };
            prop_assert_eq!(trace.to_string().parse::<Trace>(), Ok(trace));
            prop_assert_eq!(trace.id.to_string().parse::<TraceId>(), Ok(trace.id));
            let json = serde_json::to_string(&trace).expect("a text");
            prop_assert_eq!(serde_json::from_str::<Trace>(&json).expect("a trace"), trace);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = text.parse::<Trace>();
            let _ = Trace::from_traceparent(&text);
        }
    }
}
