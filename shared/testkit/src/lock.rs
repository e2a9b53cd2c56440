//! Locking in fakes.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after another test thread panicked: its panic is what should be read then.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
