//! Templates made to take the engine's time, memory or stack: each is refused soon, with words that tell why.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use protium_bundle::render::cloudformation::{check_syntax, render_native};
use protium_bundle::render_cloudformation;
use rstest::rstest;
use serde_json::json;

/// What a refusal may take: two seconds as it is deployed; without optimisation, on a busy machine, a good deal more.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 2 });
const MEMORY: &str = "makes values of more than 24 MB";
const STEPS: &str = "takes more than 1500000 steps";
const WIDTH: &str = "a width of more than 9999";
const DIGITS: &str = "a number of more than 38 digits is not supported";
const DEEP: &str = "nested more than 100 deep";

/// A loop in which a namespace's `s` is set to something made of itself.
fn grown(begin: &str, step: &str, rounds: u32) -> String {
    format!(
        "{{% set ns = namespace(s={begin}) %}}{{% for i in range({rounds}) %}}{{% set ns.s = {step} %}}{{% endfor %}}"
    )
}

fn refused(template: &str, expected: &str) {
    let since = Instant::now();
    let outcome = render_cloudformation("t.yaml", template, &json!({}));
    let took = since.elapsed();
    let shown: String = template.chars().take(200).collect();
    let error = outcome.expect_err(&shown).to_string();
    assert!(error.contains(expected), "{shown}\n{error}");
    assert!(took < PATIENCE, "{shown}\n{error}\ntook {took:?}");
}

#[rstest]
#[case::text_doubled("'ab'", "ns.s ~ ns.s")]
#[case::text_added("'ab'", "ns.s + ns.s")]
#[case::text_replaced("'ab'", "ns.s.replace('a', ns.s)")]
#[case::text_joined("'ab'", "[ns.s, ns.s] | join")]
#[case::text_formatted("'ab'", "'%s%s' % (ns.s, ns.s)")]
#[case::text_formatted_by_field("'ab'", "'{0}{0}'.format(ns.s)")]
#[case::text_multiplied("'ab'", "ns.s * 3")]
#[case::list_doubled("[1]", "ns.s + ns.s")]
#[case::list_multiplied("[1]", "ns.s * 3")]
#[case::list_of_generator("[1]", "(ns.s + ns.s) | map('string') | list")]
#[case::tuple_doubled("(1,)", "ns.s + ns.s")]
#[case::json_of_json("'\"'", "ns.s | tojson | string")]
#[case::escaped("'&'", "(ns.s ~ ns.s) | forceescape")]
#[case::upper_case("'ΐΐ'", "(ns.s ~ ns.s) | upper")]
#[case::quoted_url("'é'", "(ns.s ~ ns.s) | urlencode")]
#[case::printed("'\\\\'", "[ns.s] | string")]
fn what_grows_is_stopped_before_it_is_there(#[case] begin: &str, #[case] step: &str) {
    refused(&grown(begin, step, 60), MEMORY);
}

#[rstest]
#[case::repeated("{{ 'a' * 10000000000 }}", MEMORY)]
#[case::repeated_list("{{ [1] * 1000000000 }}", MEMORY)]
#[case::power("{{ 10 ** 30 ** 10 }}", DIGITS)]
#[case::product("{{ 10 ** 30 * 10 ** 30 }}", DIGITS)]
#[case::negated("{{ -(-170141183460469231731687303715884105727 - 1) }}", DIGITS)]
#[case::absolute("{{ (-170141183460469231731687303715884105727 - 1) | abs }}", DIGITS)]
#[case::literal("{{ 999999999999999999999999999999999999999999 }}", DIGITS)]
#[case::range_listed("{{ range(10 ** 15) | list }}", MEMORY)]
#[case::range_gone_through("{% for i in range(10 ** 15) %}{% endfor %}", MEMORY)]
#[case::range_summed("{{ range(10 ** 15) | sum }}", MEMORY)]
#[case::range_spread("{{ dict(*range(10 ** 15)) }}", MEMORY)]
#[case::range_sorted("{{ range(10 ** 15) | sort }}", MEMORY)]
#[case::range_in_slices("{{ range(10 ** 15) | slice(3) | list }}", MEMORY)]
#[case::range_too_long("{{ range(10 ** 30) }}", "below 2**63")]
#[case::sliced("{{ [1] | slice(1000000000) | list }}", MEMORY)]
#[case::batched("{{ [1] | batch(1000000000, 0) | list }}", MEMORY)]
#[case::printf_width("{{ '%1000000000d' % 1 }}", WIDTH)]
#[case::printf_precision("{{ '%.1000000000f' % 1 }}", WIDTH)]
#[case::printf_given_width("{{ '%*d' % (1000000000, 1) }}", WIDTH)]
#[case::format_width("{{ '{:1000000000}'.format(1) }}", WIDTH)]
#[case::format_given_width("{{ '{:{}}'.format(1, 1000000000) }}", WIDTH)]
#[case::format_precision("{{ '{:.1000000000f}'.format(1) }}", WIDTH)]
#[case::format_endless_number("{{ '{:99999999999999999999999999999999999999999999}'.format(1) }}", WIDTH)]
#[case::centred("{{ 'a' | center(1000000000) }}", WIDTH)]
#[case::left("{{ 'a'.ljust(1000000000) }}", WIDTH)]
#[case::filled("{{ 'a'.zfill(1000000000) }}", WIDTH)]
#[case::tabs("{{ '\\t'.expandtabs(1000000000) }}", WIDTH)]
#[case::indented("{{ 'a\nb' | indent(1000000000) }}", WIDTH)]
#[case::indented_json("{{ [1] | tojson(indent=1000000000) }}", WIDTH)]
#[case::wrapped("{{ 'a' | wordwrap(1000000000) }}", WIDTH)]
#[case::split("{{ ('a,' * 5000000).split(',') | length }}", MEMORY)]
#[case::lines("{{ ('\\n' * 5000000).splitlines() | length }}", MEMORY)]
#[case::letters("{{ ('a' * 5000000) | list | length }}", MEMORY)]
#[case::own_part("{% set a = [1] %}{% set _ = a.append(a) %}{{ a }}", DEEP)]
#[case::own_part_compared(
    "{% set a = [1] %}{% set b = [1] %}{% set _ = a.append(b) %}{% set _ = b.append(a) %}{{ a == b }}",
    DEEP
)]
#[case::own_part_as_json("{% set a = {} %}{% set _ = a.update(a=a) %}{{ a | tojson }}", DEEP)]
#[case::own_macro("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion")]
#[case::own_caller(
    "{% macro m() %}{% call m() %}{% endcall %}{{ caller() }}{% endmacro %}{% call m() %}{% endcall %}",
    "recursion"
)]
#[case::own_loop("{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}", "recursion")]
#[case::random_text("{{ lipsum(n=1000000000) }}", "`lipsum`, which is random, is not supported")]
#[case::changed_while_used(
    "{% set a = [1] %}{% for b in a %}{% set _ = a.append(b) %}{% endfor %}",
    "that a loop goes through"
)]
fn what_is_huge_is_refused_at_once(#[case] template: &str, #[case] expected: &str) {
    refused(template, expected);
}

#[rstest]
#[case::loops("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}")]
#[case::quiet_loops(
    "{% set a = range(9999) | list %}{% for b in a %}{% set c = a | map('string') | list | length %}{% endfor %}"
)]
#[case::length_of_text(
    "{% set a = 'a' * 5000000 %}{% for b in range(99999) %}{% set c = a | length %}{% endfor %}"
)]
#[case::letter_of_text(
    "{% set a = 'a' * 5000000 %}{% for b in range(99999) %}{% set c = a[-1] %}{% endfor %}"
)]
#[case::text_as_key(
    "{% set a = 'a' * 5000000 %}{% set d = {} %}{% for b in range(99999) %}{% set c = d[a] %}{% endfor %}"
)]
#[case::text_compared(
    "{% set a = 'a' * 5000000 %}{% set d = 'a' * 5000000 %}{% for b in range(99999) %}{% set c = a == d %}{% endfor %}"
)]
#[case::text_in_text(
    "{% set a = 'a' * 5000000 %}{% for b in range(99999) %}{% set c = 'b' in a %}{% endfor %}"
)]
#[case::list_in_list("{% set a = range(99999) | list %}{% for b in a %}{% set c = -1 in a %}{% endfor %}")]
#[case::calls("{% macro m(a) %}{% if a %}{{ m(a - 1) }}{{ m(a - 1) }}{% endif %}{% endmacro %}{{ m(60) }}")]
fn what_takes_long_is_stopped(#[case] template: &str) {
    let error = render_cloudformation("t.yaml", template, &json!({})).expect_err(template).to_string();
    assert!(error.contains(STEPS) || error.contains(MEMORY), "{error}");
    refused(template, "more than");
}

#[rstest]
#[case::lists("[ns.s]", 60_000)]
#[case::tuples("(ns.s,)", 60_000)]
#[case::mappings("{'a': ns.s}", 50_000)]
#[case::generators("[ns.s] | select", 50_000)]
#[case::joiners("joiner(ns.s)", 50_000)]
#[case::cyclers("cycler(ns.s)", 50_000)]
#[case::methods("[ns.s].append", 50_000)]
#[case::namespaces("namespace(a=ns.s)", 50_000)]
fn deep_values_do_no_harm(#[case] step: &str, #[case] rounds: u32) {
    let template = grown("1", step, rounds);
    assert_eq!(render_cloudformation("t.yaml", &template, &json!({})).as_deref(), Ok(""), "{template}");
}

#[rstest]
#[case::variables("{{ a ", "more than 1000 words and signs")]
#[case::tags("{% if a ", "more than 1000 words and signs")]
#[case::opened("{{", "")]
#[case::statements("{% if a %}", "nested too deeply")]
#[case::loops("{% for a in b %}", "nested too deeply")]
#[case::raw("{% raw %}", "is not ended by")]
#[case::comments("{#", "the comment is not ended")]
#[case::brackets("{{ (", "")]
#[case::strings("{{ '", "")]
#[case::signs("{{ - ", "")]
fn a_megabyte_of_begins_is_refused(#[case] begin: &str, #[case] expected: &str) {
    refused(&begin.repeat(1_000_000 / begin.len()), expected);
}

#[test]
fn a_megabyte_of_good_text_is_no_harm() {
    let context = json!({"a": "x"});
    for (part, rendered) in [("{{ a }}", "x"), ("text\n", "text\n"), ("{% set b = a %}", ""), ("{# a #}", "")]
    {
        let count = 1_000_000 / part.len();
        let outcome = render_cloudformation("t.yaml", &part.repeat(count), &context);
        assert_eq!(outcome, Ok(rendered.repeat(count)), "{part}");
    }
    let names: String = (0..40_000).map(|n| format!("{{% set a{n} = 1 %}}")).collect();
    assert_eq!(render_cloudformation("t.yaml", &names, &context).as_deref(), Ok(""));
}

proptest! {
    #![proptest_config(support::properties(2_000))]

    /// Whatever the text, it renders or is refused.
    #[test]
    fn no_text_panics(template in "\\PC{0,60}") {
        let _ = check_syntax("t.yaml", &template);
    }

    /// Tags at random: most of it is Jinja, some of it runs.
    #[test]
    fn no_template_panics(parts in prop::collection::vec(prop::sample::select(PARTS), 0..24)) {
        let template = parts.concat();
        let context = json!({"a": [1, "b", null, {"c": 2.5}], "s": "héllo wörld", "n": -7, "d": {"x": {"y": []}}});
        let _ = render_cloudformation("t.yaml", &template, &context);
        let _ = render_native("t.yaml", &format!("{{{{{template}}}}}"), &context);
    }
}

const PARTS: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "{%-",
    "-%}",
    "{#",
    "#}",
    " for x in ",
    " if ",
    " else ",
    " endif ",
    " endfor ",
    " set x = ",
    "a",
    "s",
    "n",
    "d",
    "x",
    ".x",
    ".y",
    "[0]",
    "[-1]",
    "[::-1]",
    "[1:2]",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    " + ",
    " - ",
    " * ",
    " / ",
    " // ",
    " % ",
    " ** ",
    " ~ ",
    " == ",
    " < ",
    " in ",
    " not ",
    " and ",
    " or ",
    " is defined",
    " is odd",
    "|",
    "upper",
    "join",
    "sort",
    "tojson",
    "round",
    "truncate",
    "indent",
    "wordwrap(3)",
    "pprint",
    "list",
    "batch(2)",
    "groupby('c')",
    "map('upper')",
    "default",
    "int",
    "'b'",
    "'%s'",
    "'{}'",
    "1",
    "0",
    "2.5",
    "99999999999",
    ".format",
    ".split",
    ".replace",
    ".items",
    ".append",
    " macro m(x) ",
    " endmacro ",
    "m(",
    " call m() ",
    " endcall ",
    " raw ",
    " endraw ",
    " filter upper ",
    " endfilter ",
    "loop",
    ".index",
    "range(",
    "namespace(",
    "é",
    "\n",
    " ",
];
