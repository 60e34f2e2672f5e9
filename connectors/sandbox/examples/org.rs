//! Serves an org on loopback, for strangers' clients: `cargo run -p turnwise-sandbox --example org -- 8081`.
//! The flags of the real thing are left to `turnwise sandbox`; here PORT and, after it, `auto` for no pages are enough.

use std::net::SocketAddr;

use turnwise_sandbox::{Options, Org};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let port: u16 = args.next().as_deref().unwrap_or("8081").parse()?;
    let org = Org::new(Options {
        auto_approve: args.next().as_deref() == Some("auto"),
        control: true,
        ..Options::default()
    })?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    eprintln!(
        "Sandbox (not Salesforce) at http://{}",
        listener.local_addr()?
    );
    let app = org
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
