//! 加密机 and CA, simulated: a root of its own, certificates by SM2, and keys that follow from its secret and the chip. Good for
//! tests and for trying things out; a real one is certified hardware behind the same port.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::sign::{DISTID, Public, Secret, Shared};
use kaguan_domain::ctx::Instant;
use kaguan_service::ports::{CardKeyAsk, CardKeySet, CardKeys, Reply};
use kaguan_store::seal::sm3;
use sm2::dsa::signature::{Keypair, Signer};
use sm2::dsa::{SigningKey, VerifyingKey};
use std::str::FromStr;
use std::time::Duration;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::{BitString, ObjectIdentifier};
use x509_cert::der::{DateTime, Encode};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{
    AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, SignatureBitStringEncoding,
    SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef,
};
use x509_cert::time::{Time, Validity};

/// SM2 with SM3.
const SM2_WITH_SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");
/// A card's certificates are valid for as long as the card: ten years.
const YEARS: u64 = 10;

/// The machine.
pub struct SimCardKeys {
    secret: [u8; 32],
}

impl Default for SimCardKeys {
    fn default() -> Self {
        Self { secret: sm3(&[b"a simulated encryption machine"]) }
    }
}

struct Root(SigningKey);

impl Keypair for Root {
    type VerifyingKey = VerifyingKey;

    fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying_key().clone()
    }
}

impl DynSignatureAlgorithmIdentifier for Root {
    fn signature_algorithm_identifier(&self) -> x509_cert::spki::Result<AlgorithmIdentifierOwned> {
        Ok(AlgorithmIdentifierOwned { oid: SM2_WITH_SM3, parameters: None })
    }
}

/// A signature in DER (GM/T 0009).
struct Der(Vec<u8>);

impl SignatureBitStringEncoding for Der {
    fn to_bitstring(&self) -> x509_cert::der::Result<BitString> {
        BitString::from_bytes(&self.0)
    }
}

impl Signer<Der> for Root {
    fn try_sign(&self, bytes: &[u8]) -> sm2::dsa::signature::Result<Der> {
        let signature: sm2::dsa::Signature = self.0.try_sign(bytes)?;
        Ok(Der(signature.to_der().as_bytes().to_vec()))
    }
}

struct Profile {
    issuer: Name,
    subject: Name,
    usage: KeyUsages,
    ca: bool,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let constraints = BasicConstraints { ca: self.ca, path_len_constraint: None };
        let mut out = vec![constraints.to_extension(tbs.subject(), &[])?];
        out.push(KeyUsage(self.usage.into()).to_extension(tbs.subject(), &out)?);
        Ok(out)
    }
}

impl SimCardKeys {
    fn derived(&self, what: &str, of: &str) -> [u8; 32] {
        sm3(&[&self.secret, what.as_bytes(), &[0], of.as_bytes()])
    }

    fn root(&self) -> Option<Root> {
        let key = sm2::SecretKey::from_slice(&self.derived("root", "")).ok()?;
        Some(Root(SigningKey::new(DISTID, &key).ok()?))
    }

    fn certificate(
        &self,
        (subject, serial): (&str, &str),
        key: SubjectPublicKeyInfoOwned,
        usage: KeyUsages,
        now: Instant,
    ) -> Option<Vec<u8>> {
        let root = self.root()?;
        let issuer = Name::from_str("CN=Simulated Card CA,O=kaguan,C=CN").ok()?;
        let ca = subject.is_empty();
        let subject = if ca { issuer.clone() } else { Name::from_str(&format!("CN={subject},C=CN")).ok()? };
        let begins = Duration::from_micros(u64::try_from(now.0).ok()?);
        let at =
            |since: Duration| DateTime::from_unix_duration(since).ok().map(|d| Time::GeneralTime(d.into()));
        let ends = begins + Duration::from_secs(YEARS * 365 * 86_400);
        let validity = Validity::new(at(begins)?, at(ends)?);
        // Positive, and of this card, chip and use alone.
        let mut number = self.derived("serial", serial)[..16].to_vec();
        number[0] = (number[0] & 0x7F) | 1;
        let profile = Profile { issuer, subject, usage, ca };
        let builder =
            CertificateBuilder::new(profile, SerialNumber::new(&number).ok()?, validity, key).ok()?;
        builder.build::<_, Der>(&root).ok()?.to_der().ok()
    }

    /// The root certificate, DER: what certificates of cards are verified under.
    pub fn root_certificate(&self, now: Instant) -> Option<Vec<u8>> {
        let key = SubjectPublicKeyInfoOwned::from_key(&self.root()?.verifying_key()).ok()?;
        self.certificate(("", "root"), key, KeyUsages::KeyCertSign, now)
    }

    fn one(&self, ask: &CardKeyAsk, now: Instant) -> Option<CardKeySet> {
        let chip_key = hex::decode(&ask.chip_key).ok()?;
        let chip_key = VerifyingKey::from_sec1_bytes(DISTID, &chip_key).ok()?;
        let chip = Public::parse(&ask.chip_key).ok()?;
        let vendor = Public::parse(&ask.vendor_key).ok()?;
        let card = format!("{}/{}", ask.card_no, ask.chip);
        let encryption = Secret::from_bytes(&self.derived("encryption", &card)).ok()?;
        let encryption_public = hex::decode(encryption.public()).ok()?;
        let encryption_public = VerifyingKey::from_sec1_bytes(DISTID, &encryption_public).ok()?;
        let spki = |key: &VerifyingKey| SubjectPublicKeyInfoOwned::from_key(key).ok();
        let (signs, encrypts) = (format!("{card}/sign"), format!("{card}/encrypt"));
        let signing =
            self.certificate((&ask.number, &signs), spki(&chip_key)?, KeyUsages::DigitalSignature, now)?;
        let encrypting = self.certificate(
            (&ask.number, &encrypts),
            spki(&encryption_public)?,
            KeyUsages::KeyEncipherment,
            now,
        )?;
        Some(CardKeySet {
            signing_certificate: BASE64.encode(signing),
            encryption_certificate: BASE64.encode(encrypting),
            encryption_key: Shared::new(self.derived("encryption", &card)).sealed_for(&chip)?,
            master_key: Shared::new(self.derived("master", &card)).sealed_for(&vendor)?,
            admin_pin: Shared::new(self.derived("pin", &card)).sealed_for(&vendor)?,
        })
    }
}

impl CardKeys for SimCardKeys {
    fn issue<'a>(&'a self, cards: &'a [CardKeyAsk], now: Instant) -> Reply<'a, Vec<Option<CardKeySet>>> {
        let all = cards.iter().map(|c| self.one(c, now)).collect();
        Box::pin(async move { all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn pem(dir: &std::path::Path, name: &str, der: &[u8]) -> String {
        let path = dir.join(format!("{name}.pem"));
        let text = BASE64.encode(der);
        let lines: Vec<&str> =
            (0..text.len()).step_by(64).map(|i| &text[i..text.len().min(i + 64)]).collect();
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        std::fs::write(&path, pem).expect("written");
        path.display().to_string()
    }

    #[test]
    fn certificates_verify_under_the_root_by_openssl_and_secrets_open_for_whom_they_are() {
        let machine = SimCardKeys::default();
        let (chip, vendor) = (Secret::fresh(), Secret::fresh());
        let ask = CardKeyAsk {
            number: "440106199001010013".into(),
            card_no: "A00000011".into(),
            chip: "C".into(),
            chip_key: chip.public(),
            vendor_key: vendor.public(),
        };
        let now = kaguan_service::clock::TimeSource::Machine.now();
        let set = machine.one(&ask, now).expect("keys");
        let dir = tempfile::tempdir().expect("a directory");
        let root = pem(dir.path(), "root", &machine.root_certificate(now).expect("a root"));
        for (name, der) in [("sign", &set.signing_certificate), ("encrypt", &set.encryption_certificate)] {
            let file = pem(dir.path(), name, &BASE64.decode(der).expect("base64"));
            let verify = ["verify", "-vfyopt", "distid:1234567812345678", "-CAfile", &root, &file];
            let said = Command::new("openssl").args(verify).output().expect("openssl runs");
            assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr));
        }
        assert!(Shared::open(&set.encryption_key, &chip).is_some());
        assert!(Shared::open(&set.encryption_key, &vendor).is_none(), "the vendor never sees it");
        assert!(
            Shared::open(&set.admin_pin, &vendor).is_some() && Shared::open(&set.admin_pin, &chip).is_none()
        );
        let bad = CardKeyAsk { chip_key: "04".into(), ..ask };
        assert!(machine.one(&bad, now).is_none());
    }
}
