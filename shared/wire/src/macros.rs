//! The macros that declare shapes. Each yields the Rust type and the static description under one name; see the
//! crate documentation for why that works.

/// `name` in camel case, as a constant: `template_name` becomes `templateName`, `r#type` becomes `type`.
///
/// The same rule as serde's `rename_all = "camelCase"`, so a type and its description agree on member names.
macro_rules! camel {
    ($name:ident) => {{
        const SNAKE: &str = stringify!($name);
        const LENGTH: usize = $crate::macros::camel_length(SNAKE);
        const BYTES: [u8; LENGTH] = $crate::macros::camel_bytes::<LENGTH>(SNAKE);
        const NAME: &str = match core::str::from_utf8(&BYTES) {
            Ok(name) => name,
            Err(_) => "",
        };
        NAME
    }};
}
pub(crate) use camel;

/// Where the name begins: after the `r#` of a raw identifier.
const fn name_start(snake: &[u8]) -> usize {
    if snake.len() > 2 && snake[0] == b'r' && snake[1] == b'#' { 2 } else { 0 }
}

/// Bytes that `snake` has in camel case.
pub(crate) const fn camel_length(snake: &str) -> usize {
    let snake = snake.as_bytes();
    let mut length = 0;
    let mut i = name_start(snake);
    while i < snake.len() {
        if snake[i] != b'_' {
            length += 1;
        }
        i += 1;
    }
    length
}

/// `snake` in camel case; `N` is its [`camel_length`].
pub(crate) const fn camel_bytes<const N: usize>(snake: &str) -> [u8; N] {
    let snake = snake.as_bytes();
    let mut camel = [0; N];
    let mut length = 0;
    let mut i = name_start(snake);
    while i < snake.len() {
        if snake[i] != b'_' {
            let starts_word = length > 0 && snake[i - 1] == b'_';
            camel[length] = if starts_word { snake[i].to_ascii_uppercase() } else { snake[i] };
            length += 1;
        }
        i += 1;
    }
    camel
}

/// Declares strings: `ResourceName { length: (1, 100), pattern: "…" }`, or `SpecContents sensitive { … }`.
macro_rules! strings {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $($sensitive:ident)? { $(length: ($min:literal, $max:literal) $(,)?)? $(pattern: $pattern:literal)? }
    )*) => {$(
        $(#[doc = $doc])*
        pub type $name = String;

        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        pub static $name: $crate::shape::Shape = $crate::shape::Shape::with_sensitivity(
            stringify!($name),
            $crate::shape::Kind::Text {
                length: $crate::macros::first!($((Some(($min, $max))))? (None)),
                pattern: $crate::macros::first!($((Some($pattern)))? (None)),
            },
            $crate::macros::sensitive!($($sensitive)?),
        );
    )*};
}
pub(crate) use strings;

/// Declares whole numbers with the least and the greatest that is accepted: `FleetPercent (1, 100);`.
macro_rules! integers {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident ($min:literal, $max:literal);
    )*) => {$(
        $(#[doc = $doc])*
        pub type $name = i32;

        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        pub static $name: $crate::shape::Shape = $crate::shape::Shape::new(
            stringify!($name),
            $crate::shape::Kind::Integer { range: Some(($min, $max)) },
        );
    )*};
}
pub(crate) use integers;

/// Declares lists: `TagList of Tag (0, 50);`.
macro_rules! lists {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident of $of:ident $(($min:literal, $max:literal))?;
    )*) => {$(
        $(#[doc = $doc])*
        pub type $name = Vec<$of>;

        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        pub static $name: $crate::shape::Shape = $crate::shape::Shape::new(
            stringify!($name),
            $crate::shape::Kind::List {
                of: &$of,
                length: $crate::macros::first!($((Some(($min, $max))))? (None)),
            },
        );
    )*};
}
pub(crate) use lists;

/// Declares enums: `TemplateType { Environment = "ENVIRONMENT", Service = "SERVICE" }`.
macro_rules! enums {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident { $($variant:ident = $value:literal),+ $(,)? }
    )*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(
                #[doc = concat!("`", $value, "` on the wire.")]
                #[serde(rename = $value)]
                $variant,
            )+
        }

        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        pub static $name: $crate::shape::Shape =
            $crate::shape::Shape::new(stringify!($name), $crate::shape::Kind::Enum(&[$($value),+]));

        impl $name {
            /// Every value, in the order of the model.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value as it travels.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $value,)+
                }
            }

            /// The value that travels as `text`, if there is one.
            pub fn from_wire(text: &str) -> Option<Self> {
                match text {
                    $($value => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::shape::Presentable for $name {}

        impl $crate::shape::Shaped for $name {
            fn shape() -> &'static $crate::shape::Shape {
                &$name
            }
        }
    )*};
}
pub(crate) use enums;

/// Declares structures: `Tag { key: TagKey (required), value: TagValue (required) }`, or `Output sensitive { … }`.
///
/// A member is `(required)`, `(eventual)`, `(token)` or, with nothing said, optional; see [`crate::shape::Presence`].
macro_rules! structures {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $($sensitive:ident)? {
            $( $(#[doc = $member_doc:literal])* $member:ident: $of:ident $(($presence:ident))? ),* $(,)?
        }
    )*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $(
                $(#[doc = $member_doc])*
                #[doc = concat!(" Shape: ", stringify!($of), ".")]
                #[serde(skip_serializing_if = "crate::shape::Presentable::is_absent")]
                pub $member: $crate::macros::member_type!($of $($presence)?),
            )*
        }

        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        pub static $name: $crate::shape::Shape = $crate::shape::Shape::with_sensitivity(
            stringify!($name),
            $crate::shape::Kind::Structure(&[$(
                $crate::shape::Member {
                    name: $crate::macros::camel!($member),
                    shape: &$of,
                    presence: $crate::macros::presence!($($presence)?),
                },
            )*]),
            $crate::macros::sensitive!($($sensitive)?),
        );

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                if $crate::macros::sensitive!($($sensitive)?) {
                    return f.write_str(concat!(stringify!($name), "(***)"));
                }
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($member), &$crate::shape::Shown(&self.$member, &$of)))*
                    .finish()
            }
        }

        impl $crate::shape::Presentable for $name {}

        impl $crate::shape::Shaped for $name {
            fn shape() -> &'static $crate::shape::Shape {
                &$name
            }
        }
    )*};
}
pub(crate) use structures;

/// Declares unions: `DeploymentState { Environment(environment: EnvironmentState), … }`, Rust enums of which exactly
/// one member travels.
macro_rules! unions {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident { $( $(#[doc = $member_doc:literal])* $variant:ident($member:ident: $of:ident) ),+ $(,)? }
    )*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum $name {
            $(
                $(#[doc = $member_doc])*
                #[doc = concat!(" Travels as member `", stringify!($member), "` (snake case here).")]
                $variant($of),
            )+
        }

        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        pub static $name: $crate::shape::Shape = $crate::shape::Shape::new(
            stringify!($name),
            $crate::shape::Kind::Union(&[$(
                $crate::shape::Member {
                    name: $crate::macros::camel!($member),
                    shape: &$of,
                    presence: $crate::shape::Presence::Optional,
                },
            )+]),
        );

        impl $crate::shape::Presentable for $name {}

        impl $crate::shape::Shaped for $name {
            fn shape() -> &'static $crate::shape::Shape {
                &$name
            }
        }
    )*};
}
pub(crate) use unions;

/// The first of the parenthesised expressions.
macro_rules! first {
    (($($first:tt)+) $($rest:tt)*) => { $($first)+ };
}
pub(crate) use first;

/// Whether the word `sensitive` stands there.
macro_rules! sensitive {
    () => {
        false
    };
    (sensitive) => {
        true
    };
}
pub(crate) use sensitive;

/// The Rust type of a member: required ones plain, all others `Option`.
macro_rules! member_type {
    ($of:ident required) => { $of };
    ($of:ident $($presence:ident)?) => { Option<$of> };
}
pub(crate) use member_type;

/// The word after a member as a [`crate::shape::Presence`].
macro_rules! presence {
    () => {
        $crate::shape::Presence::Optional
    };
    (required) => {
        $crate::shape::Presence::Required
    };
    (eventual) => {
        $crate::shape::Presence::Eventual
    };
    (token) => {
        $crate::shape::Presence::Token
    };
}
pub(crate) use presence;
