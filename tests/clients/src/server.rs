//! HTTP on a port of its own.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::LocalSet;

use crate::stage::Stage;

/// The API over fakes, on a port of loopback; until the process ends.
pub struct Server {
    address: SocketAddr,
}

impl Server {
    /// Starts it, in a thread of its own: the world is one thread's.
    ///
    /// # Panics
    /// When there is no port to listen on.
    #[must_use]
    pub fn start() -> Self {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
            LocalSet::new().block_on(&runtime.expect("a runtime"), async move {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
                sender.send(listener.local_addr().expect("an address")).expect("somebody waits");
                serve(listener).await;
            });
        });
        Self { address: receiver.recv().expect("it starts") }
    }

    /// Where it listens.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(listener: TcpListener) {
    let stage = Rc::new(Mutex::new(Stage::new()));
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let stage = Rc::clone(&stage);
        let service = service_fn(move |request| {
            let stage = Rc::clone(&stage);
            async move { Ok::<_, Infallible>(answer(&stage, request).await) }
        });
        tokio::task::spawn_local(async move {
            // A connection that breaks off is the client's affair.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(stage: &Mutex<Stage>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return response(400, HeaderMap::new(), String::new()) };
    let body = body.to_bytes();
    let mut stage = stage.lock().await;
    match parts.uri.path() {
        "/" => {
            let (status, headers, text) = stage.call(&parts.headers, &body).await;
            response(status, headers, text)
        }
        "/succeeded" => response(200, HeaderMap::new(), listed(&stage.succeeded())),
        "/world" => match serde_json::from_slice(&body) {
            Ok(control) => {
                stage.control(control).await;
                response(200, HeaderMap::new(), String::new())
            }
            Err(error) => response(400, HeaderMap::new(), error.to_string()),
        },
        _ => response(404, HeaderMap::new(), String::new()),
    }
}

fn listed(names: &BTreeSet<&str>) -> String {
    serde_json::to_string(names).expect("a list of names")
}

fn response(status: u16, headers: HeaderMap, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status.try_into().expect("a status");
    *response.headers_mut() = headers;
    response
}
