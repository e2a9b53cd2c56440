//! How much memory something takes, as the operating system sees it.

/// Does something; by how many bytes the most memory that was resident exceeds what was resident before. Nothing where the
/// system doesn't tell: only Linux does. The most is that of the life of the process: whoever measures twice measures the
/// larger one twice.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Option<u64>) {
    let before = resident("VmRSS:");
    let done = work();
    let most = resident("VmHWM:");
    (done, most.zip(before).map(|(most, before)| most.saturating_sub(before)))
}

fn resident(what: &str) -> Option<u64> {
    bytes(&std::fs::read_to_string("/proc/self/status").ok()?, what)
}

/// A line of the form `VmHWM:     1234 kB`.
fn bytes(status: &str, what: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn the_status_is_read() {
        let status = "Name:\txtask\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!((bytes(status, "VmHWM:"), bytes(status, "VmRSS:")), (Some(2_097_152), Some(1_048_576)));
        assert_eq!(bytes(status, "VmSwap:"), None);
    }
}
