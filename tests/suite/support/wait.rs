//! Waiting with a deadline, and never longer than needed.

use std::time::{Duration, Instant};

use tokio::time::sleep;

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(150);
/// How long anything may take on a busy machine. Whatever is right is done long before.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

/// Waits until `probe` finds something; panics with `what` and the last `Err` when it doesn't in time.
pub(crate) async fn eventually<T>(what: &str, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    let since = Instant::now();
    loop {
        match probe().await {
            Ok(found) => return found,
            Err(last) if since.elapsed() > LIMIT => {
                panic!("{what}: not so after {} s; last seen: {last}", LIMIT.as_secs())
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}
