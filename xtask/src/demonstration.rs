//! The demonstration: starter bundles published, an environment and a service made of them.
