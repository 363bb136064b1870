//! TLS by rustls: the server's certificate, and, where the province wants it, one of every caller.

use anyhow::{Context, ensure};
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Certificates and keys, PEM.
#[derive(Args, Clone, Default)]
pub struct Tls {
    /// 服务器证书链（PEM）；与 --tls-key 一起给出时启用 TLS
    #[arg(long)]
    tls_cert: Option<PathBuf>,
    /// 服务器私钥（PEM）
    #[arg(long)]
    tls_key: Option<PathBuf>,
    /// 双向 TLS：只接受由此 CA（PEM）签发证书的客户端
    #[arg(long)]
    tls_client_ca: Option<PathBuf>,
}

fn certificates(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path).and_then(|all| all.collect::<Result<Vec<_>, _>>());
    let all = read.map_err(|e| anyhow::anyhow!("不能读取 {}：{e}", path.display()))?;
    ensure!(!all.is_empty(), "{} 中没有证书", path.display());
    Ok(all)
}

impl Tls {
    /// The configuration; `None` without a certificate.
    pub fn config(&self) -> anyhow::Result<Option<RustlsConfig>> {
        let (Some(cert), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            let none = self.tls_cert.is_none() && self.tls_key.is_none() && self.tls_client_ca.is_none();
            ensure!(none, "--tls-cert 与 --tls-key 须一起给出");
            return Ok(None);
        };
        private(key)?;
        let read = PrivateKeyDer::from_pem_file(key);
        let secret = read.map_err(|e| anyhow::anyhow!("不能读取 {}：{e}", key.display()))?;
        let builder = match &self.tls_client_ca {
            None => ServerConfig::builder().with_no_client_auth(),
            Some(ca) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(ca)? {
                    roots.add(certificate).with_context(|| format!("{}", ca.display()))?;
                }
                let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build()?;
                ServerConfig::builder().with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder.with_single_cert(certificates(cert)?, secret)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Some(RustlsConfig::from_config(Arc::new(config))))
    }
}

/// A key that others can read is refused.
pub fn private(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let mode = std::fs::metadata(path).with_context(|| format!("不能读取 {}", path.display()))?.mode();
    ensure!(
        mode & 0o077 == 0,
        "私钥文件 {} 的权限是 {:o}，其他用户可读。请执行 chmod 600",
        path.display(),
        mode & 0o777
    );
    Ok(())
}
