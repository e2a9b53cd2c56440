//! Client tokens: a request that is sent again is answered again, not carried out again (behaviour 2.0 rule 1).

use protium_domain::arn::Resource;
use protium_domain::digest::RequestDigest;
use protium_domain::time::Timestamp;
use protium_domain::token::ClientToken;
use serde::Serialize;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::ports::{Key, StoreExt, Write};

/// The token of a request, as far as it is known.
pub(crate) struct TokenUse {
    operation: &'static str,
    token: Option<String>,
    digest: RequestDigest,
    /// When the token is free: now, unless it is remembered for something that is gone.
    free_at: Timestamp,
    /// When the same request was made before.
    known_since: Option<Timestamp>,
    /// What it was made for then.
    known: Option<Resource>,
}

impl TokenUse {
    /// Looks `token` up for `operation`. `input` is what two requests must have in common to be the same.
    ///
    /// # Errors
    /// [`Error::Validation`] when the token was used for another request.
    pub(crate) async fn find(
        app: &App,
        operation: &'static str,
        token: Option<&String>,
        input: &impl Serialize,
    ) -> Result<Self> {
        let digest = fingerprint(input)?;
        let mut token_use = Self {
            operation,
            token: token.cloned(),
            digest,
            free_at: app.now(),
            known_since: None,
            known: None,
        };
        let Some(token) = token else { return Ok(token_use) };
        let key = Key::ClientToken(operation.to_owned(), token.clone());
        let found: Option<ClientToken> = app.store.find(key).await?;
        match found.filter(|found| found.expires_at > app.now()) {
            None => {}
            Some(found) if found.digest == token_use.digest => {
                token_use.free_at = found.expires_at;
                token_use.known_since = Some(found.expires_at.minus(ClientToken::LIFETIME));
                token_use.known = Some(found.resource);
            }
            Some(_) => {
                return Err(Error::idempotent_parameter_mismatch("what this client token was used for"));
            }
        }
        Ok(token_use)
    }

    /// What this very request made before.
    pub(crate) const fn known(&self) -> Option<&Resource> {
        self.known.as_ref()
    }

    /// Whether this very request was accepted before, for a resource that was made at `created_at`. The one that it was
    /// accepted for may be gone since, and another one have its name; then the request is new.
    pub(crate) fn is_known(&self, created_at: Timestamp) -> bool {
        self.known_since.is_some_and(|known_since| created_at <= known_since)
    }

    /// Adds the claim of the token for `resource` to `commit`.
    pub(crate) fn claim(&self, app: &App, commit: &mut Commit, resource: Resource) {
        let Some(token) = self.token.clone() else { return };
        let token = ClientToken {
            operation: self.operation.to_owned(),
            token,
            digest: self.digest.clone(),
            resource,
            expires_at: app.now().plus(ClientToken::LIFETIME),
        };
        commit.write(Write::Claim(token, self.free_at));
    }
}
