//! Signs requests anew, with credentials that are fetched again before they expire.

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use http::{HeaderMap, Request};
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// The service that API Gateway's IAM authorisation wants requests to be signed for.
pub(crate) const SERVICE: &str = protium_wire::model::GATEWAY_SIGNING_NAME;

/// How long before they expire credentials are fetched again.
const MARGIN: Duration = Duration::from_secs(300);

/// Tells the time.
pub(crate) type Clock = fn() -> SystemTime;

/// Signs with the credentials of a provider, for one region.
pub(crate) struct Signer {
    provider: SharedCredentialsProvider,
    held: Mutex<Option<Credentials>>,
    region: String,
    clock: Clock,
}

impl Signer {
    pub(crate) fn new(provider: SharedCredentialsProvider, region: String, clock: Clock) -> Self {
        Self { provider, held: Mutex::new(None), region, clock }
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Credentials that last a while. Those without an end are asked for each time, which costs nothing and notices
    /// when they are replaced; those with one are held, because fetching them takes a call to AWS.
    ///
    /// # Errors
    ///
    /// A text that says what to do, when the chain has no credentials.
    pub(crate) async fn credentials(&self) -> Result<Credentials, String> {
        let mut held = self.held.lock().await;
        let lasts = |credentials: &Credentials, margin| {
            credentials.expiry().is_some_and(|expiry| expiry > (self.clock)() + margin)
        };
        if let Some(credentials) = held.as_ref().filter(|credentials| lasts(credentials, MARGIN)) {
            return Ok(credentials.clone());
        }
        match self.provider.provide_credentials().await {
            Ok(fresh) => {
                *held = Some(fresh.clone());
                Ok(fresh)
            }
            Err(error) => {
                let usable = held.as_ref().filter(|credentials| lasts(credentials, Duration::ZERO));
                usable.cloned().ok_or_else(|| credentials_missing(&error))
            }
        }
    }

    /// Puts a signature on `request`, whose URI is the one it is sent to. Everything but what the way there may
    /// change (see `proxy::relay` for what is forwarded) is signed.
    ///
    /// # Errors
    ///
    /// A text that says what to do, when there are no credentials or the request can't be signed.
    pub(crate) async fn sign<B>(&self, request: &mut Request<B>, body: &[u8]) -> Result<(), String> {
        let identity = self.credentials().await?.into();
        let unsignable = |why: String| format!("The request can't be signed: {why}.");
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time((self.clock)())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| unsignable(error.to_string()))?
            .into();
        let uri = request.uri().to_string();
        let headers = headers_signed(request.headers());
        let signable = SignableRequest::new(
            request.method().as_str(),
            uri,
            headers.into_iter(),
            SignableBody::Bytes(body),
        )
        .map_err(|error| unsignable(error.to_string()))?;
        let (instructions, _) =
            sign(signable, &parameters).map_err(|error| unsignable(error.to_string()))?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

/// The headers that say what is asked for. Others may be changed on the way, which would break the signature.
fn headers_signed(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let matters = |name: &str| name == "content-type" || name.starts_with("x-amz-");
    let pairs = headers.iter().filter(|(name, _)| matters(name.as_str()));
    pairs.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect()
}

fn credentials_missing(error: &CredentialsError) -> String {
    let reason = std::error::Error::source(error).map_or_else(String::new, |source| format!(" ({source})"));
    format!(
        "No usable AWS credentials: {error}{reason}. Log in with `aws sso login` or `aws configure`, set \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a profile with --profile."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Gives credentials that last ten minutes, at most `left` times.
    #[derive(Debug)]
    struct Fading {
        left: AtomicU64,
    }

    impl ProvideCredentials for Fading {
        fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let left = self.left.load(Ordering::SeqCst);
            aws_credential_types::provider::future::ProvideCredentials::ready(if left == 0 {
                Err(CredentialsError::not_loaded("spent"))
            } else {
                self.left.store(left - 1, Ordering::SeqCst);
                let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(600);
                Ok(Credentials::new(format!("AKID{left}"), "secret", None, Some(expiry), "test"))
            })
        }
    }

    fn signer(clock: Clock, left: u64) -> Signer {
        Signer::new(SharedCredentialsProvider::new(Fading { left: left.into() }), "eu-west-1".into(), clock)
    }

    fn at<const SECONDS: u64>() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS)
    }

    #[tokio::test]
    async fn credentials_are_held_while_they_last() {
        let signer = signer(at::<0>, 1);
        for _ in 0..2 {
            assert_eq!(signer.credentials().await.unwrap().access_key_id(), "AKID1");
        }
    }

    #[tokio::test]
    async fn credentials_are_fetched_again_before_they_expire() {
        let signer = signer(at::<400>, 2);
        let ids = [signer.credentials().await.unwrap(), signer.credentials().await.unwrap()];
        assert_eq!(ids.map(|credentials| credentials.access_key_id().to_owned()), ["AKID2", "AKID1"]);
        let last = signer.credentials().await.unwrap();
        assert_eq!(last.access_key_id(), "AKID1", "while a fetch fails, what still works is used");
    }

    #[tokio::test]
    async fn without_credentials_it_says_what_to_do() {
        assert!(signer(at::<0>, 0).credentials().await.unwrap_err().contains("aws sso login"));
    }
}
