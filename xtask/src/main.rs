//! stub
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    struct P;
    impl xtask::progress::Reporter for P { fn report(&self, e: xtask::progress::Event<'_>) { eprintln!("{e:?}"); } }
    let ws = xtask::workspace::Workspace::find()?;
    let r: std::sync::Arc<dyn xtask::progress::Reporter> = std::sync::Arc::new(P);
    if std::env::args().nth(1).as_deref() == Some("down") { xtask::local::down(&ws.local(), false).await?; return Ok(()) }
    let l = xtask::local::up(&ws, &xtask::local::Options::new(ws.local()), &r).await?;
    println!("{:#?}", l.outputs);
    Ok(())
}
