//! Logs: one JSON object per line, which CloudWatch Logs Insights reads by itself.
//!
//! `PROTIUM_LOG` sets the level of Protium's own crates. The libraries below stay at warnings whatever it says: at
//! their lower levels the SDK and the Lambda runtime write requests and events with all that is in them, and nothing
//! sensitive may reach a log.

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The variable with the level.
const LEVEL: &str = "PROTIUM_LOG";

/// Begins logging to standard output. A second call changes nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "logging begins before the configuration is read, to tell of it"
)]
pub fn init() {
    let level = std::env::var(LEVEL).unwrap_or_default();
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        // Lambda and CloudWatch stamp every line.
        .without_time();
    // Fails only when there is a subscriber already, which then stays.
    let _ = tracing_subscriber::registry().with(lines).with(targets(&level)).try_init();
}

/// `info` unless it is one of the five levels.
fn targets(level: &str) -> Targets {
    let own = level.parse::<Level>().map_or(LevelFilter::INFO, LevelFilter::from_level);
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("protium", own)
        // Its span carries the request's id.
        .with_target("lambda_runtime", LevelFilter::INFO)
        // It writes the failures of handlers, which the journal has told of.
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("debug", "protium_app::relay", Level::DEBUG, true)]
    #[case("DEBUG", "protium_app::relay", Level::DEBUG, true)]
    #[case("", "protium_app", Level::INFO, true)]
    #[case("nonsense", "protium_app", Level::DEBUG, false)]
    #[case("error", "protium_app", Level::WARN, false)]
    #[case("trace", "aws_smithy_runtime", Level::DEBUG, false)]
    #[case("trace", "lambda_runtime::layers", Level::TRACE, false)]
    #[case("error", "lambda_runtime", Level::INFO, true)]
    #[case("trace", "lambda_runtime::layers::panic", Level::ERROR, false)]
    fn payloads_of_libraries_are_never_logged(
        #[case] level: &str,
        #[case] target: &str,
        #[case] written: Level,
        #[case] expected: bool,
    ) {
        assert_eq!(targets(level).would_enable(target, &written), expected);
    }
}
