//! `str.format`.

use std::rc::Rc;

use super::access;
use super::arguments::Given;
use super::budget;
use super::failure::{Result, failure, unsupported};
use super::markup::escaped;
use super::operators::Number;
use super::printf::float_digits;
use super::repr::{float, repr, str_of};
use super::run::Engine;
use super::value::Val;

/// `text.format(…)`: fields by position or name, with members, `!r`, and Python's format specifications. Safe text
/// escapes what it is given.
pub(super) fn format(engine: &mut Engine, text: &str, given: &Given, safe: bool) -> Result<String> {
    Fields { given, safe, automatic: Automatic::Unknown }.expand(engine, text, 0)
}

/// Whether the fields of a format number themselves.
#[derive(Clone, Copy, PartialEq)]
enum Automatic {
    Unknown,
    Manual,
    Next(usize),
}

struct Fields<'g> {
    given: &'g Given,
    safe: bool,
    automatic: Automatic,
}

impl Fields<'_> {
    /// The text with its fields; those within a field's specification are one level deeper, and there is no third.
    fn expand(&mut self, engine: &mut Engine, text: &str, depth: usize) -> Result<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, found) = rest.split_at(at);
            out.push_str(before);
            if depth == 0 && (found.starts_with("{{") || found.starts_with("}}")) {
                out.push_str(found.get(..1).unwrap_or_default());
                rest = found.get(2..).unwrap_or_default();
                continue;
            }
            let inner = found.strip_prefix('{').ok_or_else(|| failure("single '}' in a format"))?;
            let end = field_end(inner).ok_or_else(|| failure("'{' without '}' in a format"))?;
            if depth > 1 {
                return Err(failure("a format is nested too deeply"));
            }
            let field = self.field(engine, inner.get(..end).unwrap_or_default(), depth)?;
            engine.budget.memory(field.len())?;
            out.push_str(&field);
            rest = inner.get(end + 1..).unwrap_or_default();
        }
        out.push_str(rest);
        Ok(out)
    }

    /// `name!conversion:specification`.
    fn field(&mut self, engine: &mut Engine, field: &str, depth: usize) -> Result<String> {
        engine.budget.steps(1)?;
        let end = name_end(field);
        let (name, rest) = field.split_at(end);
        let (conversion, spec) = match rest.strip_prefix('!') {
            Some(rest) => {
                let (conversion, spec) = rest.split_once(':').unwrap_or((rest, ""));
                (Some(conversion), spec)
            }
            None => (None, rest.strip_prefix(':').unwrap_or_default()),
        };
        let value = self.value(engine, name)?;
        let value = match conversion {
            None => value,
            Some("s") => Val::Str(str_of(&value, &mut engine.budget)?),
            Some("r") => Val::str(repr(&value, &mut engine.budget)?),
            Some(other) => return Err(unsupported(format_args!("the conversion `!{other}`"))),
        };
        let spec = self.expand(engine, spec, depth + 1)?;
        if !self.safe {
            return write(engine, &value, &spec);
        }
        if matches!(value, Val::Safe(_)) {
            if spec.is_empty() {
                return Ok(str_of(&value, &mut engine.budget)?.to_string());
            }
            return Err(failure("text marked as safe takes no format specification"));
        }
        let written = Val::str(write(engine, &value, &spec)?);
        Ok(escaped(&written, &mut engine.budget)?.to_string())
    }

    /// The value of `0.a[b]`.
    fn value(&mut self, engine: &mut Engine, name: &str) -> Result<Val> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut path) = name.split_at(end);
        let mut value = self.first(first)?;
        while !path.is_empty() {
            engine.budget.steps(1)?;
            let missing = || failure(format!("the format's `{name}` isn't there"));
            if let Some(rest) = path.strip_prefix('[') {
                let (key, after) = rest.split_once(']').ok_or_else(|| failure("missing ']' in a format"))?;
                let number = key.bytes().all(|b| b.is_ascii_digit()).then(|| key.parse().ok()).flatten();
                let key = number.map_or_else(|| Val::str(key), Val::Int);
                value = match (&value, &key) {
                    (Val::Dict(_), _) | (Val::List(_) | Val::Tuple(_) | Val::Str(_), Val::Int(_)) => {
                        access::item(&value, &key)?.filter(|found| !matches!(found, Val::Method(_)))
                    }
                    _ => None,
                }
                .ok_or_else(missing)?;
                path = after;
            } else {
                let rest =
                    path.strip_prefix('.').ok_or_else(|| failure("a format's field goes on after ']'"))?;
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (attribute, after) = rest.split_at(end);
                // Python's attributes: those that Jinja's values have besides are none.
                let Val::Namespace(_) = value else {
                    return Err(unsupported("an attribute within a format"));
                };
                let attribute: Rc<str> = attribute.into();
                value = access::attribute(&value, &attribute, &mut engine.budget)?.ok_or_else(missing)?;
                path = after;
            }
        }
        Ok(value)
    }

    fn first(&mut self, name: &str) -> Result<Val> {
        let missing = || failure(format!("the format's field `{name}` isn't given"));
        let at = if name.is_empty() {
            let next = match self.automatic {
                Automatic::Unknown => 0,
                Automatic::Next(next) => next,
                Automatic::Manual => return Err(failure("a format can't mix numbered and automatic fields")),
            };
            self.automatic = Automatic::Next(next + 1);
            next
        } else if name.bytes().all(|b| b.is_ascii_digit()) {
            if matches!(self.automatic, Automatic::Next(_)) {
                return Err(failure("a format can't mix numbered and automatic fields"));
            }
            self.automatic = Automatic::Manual;
            name.parse().map_err(|_| missing())?
        } else {
            let found = self.given.named.iter().find(|(known, _)| **known == *name);
            return found.map(|(_, value)| value.clone()).ok_or_else(missing);
        };
        self.given.positional.get(at).cloned().ok_or_else(missing)
    }
}

/// Where the field ends that began before the text: at its own brace.
fn field_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Where a field's name ends: at `!` or `:` outside of brackets.
fn name_end(field: &str) -> usize {
    let mut in_brackets = false;
    for (at, byte) in field.bytes().enumerate() {
        match byte {
            b'[' => in_brackets = true,
            b']' => in_brackets = false,
            b'!' | b':' if !in_brackets => return at,
            _ => {}
        }
    }
    field.len()
}

/// `[[fill]align][sign][#][0][width][,][.precision][kind]`.
struct Spec {
    fill: char,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn parse(text: &str) -> Result<Option<Self>> {
        let mut chars = text.chars().peekable();
        let is_align = |c: &char| "<>^=".contains(*c);
        let mut spec = Self {
            fill: ' ',
            align: None,
            sign: None,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        };
        if text.chars().nth(1).is_some_and(|c| is_align(&c)) {
            spec.fill = chars.next().unwrap_or(' ');
        }
        spec.align = chars.next_if(is_align);
        spec.sign = chars.next_if(|c| "+- ".contains(*c));
        spec.alternate = chars.next_if_eq(&'#').is_some();
        if chars.peek() == Some(&'0') && spec.align.is_none() {
            (spec.fill, spec.align) = ('0', Some('='));
        }
        let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| -> Result<Option<usize>> {
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            if digits.is_empty() {
                return Ok(None);
            }
            budget::width(digits.parse().unwrap_or(i128::MAX)).map(Some)
        };
        spec.width = number(&mut chars)?.unwrap_or(0);
        spec.grouping = chars.next_if(|c| matches!(c, ',' | '_'));
        if chars.next_if_eq(&'.').is_some() {
            spec.precision = number(&mut chars)?;
            if spec.precision.is_none() {
                return Err(failure("format specifier missing precision"));
            }
        }
        spec.kind = chars.next();
        let is_whole = chars.next().is_none() && !(spec.grouping.is_some() && spec.fill == '0');
        Ok(is_whole.then_some(spec))
    }

    fn padded(&self, sign: &str, body: &str, default: char) -> String {
        let missing = self.width.saturating_sub(sign.len() + body.chars().count());
        let fill = |count: usize| std::iter::repeat_n(self.fill, count).collect::<String>();
        match self.align.unwrap_or(default) {
            '<' => format!("{sign}{body}{}", fill(missing)),
            '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
            '=' => format!("{sign}{}{body}", fill(missing)),
            _ => format!("{}{sign}{body}", fill(missing)),
        }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match self.sign {
            _ if negative => "-",
            Some('+') => "+",
            Some(' ') => " ",
            _ => "",
        }
    }

    fn grouped(&self, digits: &str) -> String {
        let Some(separator) = self.grouping else { return digits.to_owned() };
        let (whole, rest) = digits.find('.').map_or((digits, ""), |at| digits.split_at(at));
        let mut out = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                out.push(separator);
            }
            out.push(digit);
        }
        out + rest
    }
}

fn write(engine: &mut Engine, value: &Val, text: &str) -> Result<String> {
    if text.is_empty() {
        return Ok(str_of(value, &mut engine.budget)?.to_string());
    }
    value.defined()?;
    let odd = || unsupported(format_args!("the format `{text}` for the type {}", value.type_name()));
    let spec = Spec::parse(text)?.ok_or_else(odd)?;
    engine.budget.memory(spec.width * 4 + spec.precision.unwrap_or(0))?;
    let number = Number::of(value);
    match (value, number, spec.kind) {
        (Val::Str(text) | Val::Safe(text), ..) => {
            let plain =
                spec.sign.is_none() && spec.align != Some('=') && spec.grouping.is_none() && !spec.alternate;
            if !plain || !matches!(spec.kind, None | Some('s')) {
                return Err(odd());
            }
            let kept: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
            Ok(spec.padded("", &kept, '<'))
        }
        (_, Some(Number::Int(number)), None | Some('d' | 'x' | 'X' | 'o' | 'b'))
            if spec.precision.is_none() =>
        {
            let magnitude = number.unsigned_abs();
            let (prefix, digits) = match spec.kind {
                Some('x') => ("0x", format!("{magnitude:x}")),
                Some('X') => ("0X", format!("{magnitude:X}")),
                Some('o') => ("0o", format!("{magnitude:o}")),
                Some('b') => ("0b", format!("{magnitude:b}")),
                _ => ("", magnitude.to_string()),
            };
            if spec.grouping.is_some() && !prefix.is_empty() {
                return Err(odd());
            }
            let prefix = if spec.alternate { prefix } else { "" };
            Ok(spec.padded(&format!("{}{prefix}", spec.sign(number < 0)), &spec.grouped(&digits), '>'))
        }
        (_, Some(Number::Float(number)), None) if spec.precision.is_none() && !spec.alternate => {
            let digits = float(number.abs());
            if spec.grouping.is_some() && digits.contains('e') {
                return Err(odd());
            }
            Ok(spec.padded(spec.sign(number.is_sign_negative()), &spec.grouped(&digits), '>'))
        }
        (_, Some(number), Some(kind @ ('f' | 'F' | 'e' | 'E' | 'g' | 'G' | '%'))) if !spec.alternate => {
            let number = number.float();
            if spec.grouping.is_some() && !matches!(kind, 'f' | 'F') {
                return Err(odd());
            }
            let scaled = if kind == '%' { number * 100.0 } else { number };
            let form = if kind == '%' { 'f' } else { kind.to_ascii_lowercase() };
            let mut digits = float_digits(scaled.abs(), form, spec.precision.unwrap_or(6));
            if kind.is_ascii_uppercase() {
                digits.make_ascii_uppercase();
            }
            let digits = spec.grouped(&digits) + if kind == '%' { "%" } else { "" };
            Ok(spec.padded(spec.sign(number.is_sign_negative() && !number.is_nan()), &digits, '>'))
        }
        _ => Err(odd()),
    }
}
