//! See the module documentation as it grows.
