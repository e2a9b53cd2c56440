//! `protium proxy`: a loopback HTTP server that takes requests of unmodified Proton clients, signs them for
//! `execute-api` with the caller's own credentials, and forwards them to Protium's endpoint.
//!
//! What the client signed with doesn't matter and isn't looked at: the proxy stands for the person who runs it. That
//! is why it listens on loopback only and refuses browsers ([`guard`]); API Gateway decides what the person may do.
//!
//! One HTTP client for everything: the SDK's own ([`Upstream`]). It brings TLS, the system's root certificates,
//! outgoing proxies from the environment and streaming bodies, and the credential chain links it anyway. The server
//! is plain hyper: one route needs no framework.

mod guard;
mod relay;

use crate::{
    Usage,
    api::{Connection, Endpoint, SERVICE, Signer, Upstream, connection_make},
    args::ProxyArgs,
};
use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use relay::Relay;
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// How long requests under way may take after Ctrl-C.
const GRACE: Duration = Duration::from_secs(10);
/// How long a client may take over the headers of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause after a failed accept, which is mostly a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub(crate) fn run(args: &ProxyArgs) -> Result<()> {
    guard::listen_check(args.listen, args.allow_remote).map_err(Usage)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(start(args));
    // Whoever still reads an answer has had the time to.
    runtime.shutdown_timeout(Duration::ZERO);
    result
}

async fn start(args: &ProxyArgs) -> Result<()> {
    let Connection { endpoint, signer } = connection_make(&args.connection).await?;
    let listener = TcpListener::bind(args.listen).await.with_context(|| {
        format!("can't listen on {}; choose another port with --listen 127.0.0.1:PORT", args.listen)
    })?;
    let stop = stop_listen()?;
    welcome(listener.local_addr()?, &endpoint, &signer, args);
    let relay = Relay {
        upstream: Upstream::new(&endpoint),
        endpoint,
        signer,
        allow_remote: args.allow_remote,
        quiet: args.quiet,
    };
    serve(listener, Arc::new(relay), stop).await;
    Ok(())
}

fn welcome(address: SocketAddr, endpoint: &Endpoint, signer: &Signer, args: &ProxyArgs) {
    const BOLD: Style = Style::new().bold();
    let who =
        args.connection.profile.as_ref().map_or_else(String::new, |profile| format!(" of profile {profile}"));
    anstream::println!(
        "{BOLD}Proton clients find Protium at http://{address}{BOLD:#}\n\
         Requests go to {} signed for {} in {} with the credentials{who}.\n\n  \
         aws proton list-environments --endpoint-url http://{address}\n\n\
         Ctrl-C stops the proxy.",
        endpoint.uri(),
        SERVICE,
        signer.region(),
    );
    if endpoint.is_exposed() {
        const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
        anstream::eprintln!("{YELLOW}warning:{YELLOW:#} requests to {} travel unencrypted", endpoint.uri());
    }
}

async fn serve(listener: TcpListener, relay: Arc<Relay>, stop: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = stream else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let relay = Arc::clone(&relay);
        let service = service_fn(move |request| {
            let relay = Arc::clone(&relay);
            async move { Ok::<_, Infallible>(relay.answer(request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        // A connection that breaks off is the client's affair.
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
}

/// Listens from now on for Ctrl-C, and for the signal by which containers are stopped.
#[cfg(unix)]
fn stop_listen() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens from now on for Ctrl-C.
#[cfg(windows)]
fn stop_listen() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = interrupt.recv().await;
    })
}
