//! 加密机 and CA for development: a root of its own, double certificates by SM2 (GM/T 0034), and keys that follow from its secret and the
//! chip, the encryption key in the envelope of GM/T 0009. Its secrets are in its memory, or in a machine by GM/T 0018 (SDF). Good for
//! tests and for trying things out; the province's own stands behind the same port.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::envelope;
use kaguan_api::sign::{DISTID, Public, Secret, Shared};
use kaguan_desk_driver::{Keys as _, VirtualKeys, machine_says};
use kaguan_domain::ctx::Instant;
use kaguan_sdf::Sdf;
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
use zeroize::Zeroizing;

/// SM2 with SM3.
const SM2_WITH_SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");
/// A card's certificates are valid for as long as the card: ten years.
const YEARS: u64 = 10;

/// The CA's signing key in a machine.
const ROOT: u32 = 1;
/// The machine's own key from which those of cards follow; 1 to 10 are the root keys of cards.
const OF_CARDS: u32 = 21;

/// Where its secrets are.
enum Vault {
    Memory([u8; 32]),
    Machine(Sdf),
}

/// The CA.
pub struct SimCardKeys {
    vault: Vault,
}

impl Default for SimCardKeys {
    fn default() -> Self {
        Self { vault: Vault::Memory(sm3(&[b"a simulated encryption machine"])) }
    }
}

enum RootKey<'a> {
    Memory(Box<SigningKey>),
    Machine(&'a Sdf),
}

struct Root<'a> {
    key: RootKey<'a>,
    public: VerifyingKey,
}

impl Keypair for Root<'_> {
    type VerifyingKey = VerifyingKey;

    fn verifying_key(&self) -> VerifyingKey {
        self.public.clone()
    }
}

impl DynSignatureAlgorithmIdentifier for Root<'_> {
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

impl Signer<Der> for Root<'_> {
    fn try_sign(&self, bytes: &[u8]) -> sm2::dsa::signature::Result<Der> {
        match &self.key {
            RootKey::Memory(key) => {
                let signature: sm2::dsa::Signature = key.try_sign(bytes)?;
                Ok(Der(signature.to_der().as_bytes().to_vec()))
            }
            RootKey::Machine(machine) => {
                machine.sign(ROOT, bytes).map(Der).map_err(|_| sm2::dsa::signature::Error::new())
            }
        }
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
    /// With its secrets in a machine: the signing key 1 is the root, and its own key 21 the one from which those of cards follow.
    pub fn in_machine(machine: Sdf) -> Self {
        Self { vault: Vault::Machine(machine) }
    }

    fn derived(&self, what: &str, of: &str) -> Option<Zeroizing<[u8; 32]>> {
        match &self.vault {
            Vault::Memory(secret) => {
                Some(Zeroizing::new(sm3(&[secret, what.as_bytes(), &[0], of.as_bytes()])))
            }
            Vault::Machine(machine) => {
                let digest = sm3(&[what.as_bytes(), &[0], of.as_bytes()]);
                let wrapped = <[u8; 16]>::try_from(&digest[..16]).ok()?;
                let out = machine.under(OF_CARDS, wrapped, &digest);
                let out = out.map_err(|why| tracing::error!(%why, "the encryption machine")).ok()?;
                Some(Zeroizing::new(sm3(&[&out])))
            }
        }
    }

    fn root(&self) -> Option<Root<'_>> {
        match &self.vault {
            Vault::Memory(_) => {
                let key = sm2::SecretKey::from_slice(&self.derived("root", "")?[..]).ok()?;
                let key = SigningKey::new(DISTID, &key).ok()?;
                let public = key.verifying_key().clone();
                Some(Root { key: RootKey::Memory(Box::new(key)), public })
            }
            Vault::Machine(machine) => {
                let public = machine.public(ROOT);
                let public = public.map_err(|why| tracing::error!(%why, "the encryption machine")).ok()?;
                let public = VerifyingKey::from_sec1_bytes(DISTID, &hex::decode(public).ok()?).ok()?;
                Some(Root { key: RootKey::Machine(machine), public })
            }
        }
    }

    fn certificate(
        &self,
        (subject, serial): (&str, &str),
        key: SubjectPublicKeyInfoOwned,
        usage: KeyUsages,
        from: Instant,
    ) -> Option<Vec<u8>> {
        let root = self.root()?;
        let issuer = Name::from_str("CN=Simulated Card CA,O=kaguan,C=CN").ok()?;
        let ca = subject.is_empty();
        let subject = if ca { issuer.clone() } else { Name::from_str(&format!("CN={subject},C=CN")).ok()? };
        let begins = Duration::from_micros(u64::try_from(from.0).ok()?);
        let at =
            |since: Duration| DateTime::from_unix_duration(since).ok().map(|d| Time::GeneralTime(d.into()));
        let ends = begins + Duration::from_secs(YEARS * 365 * 86_400);
        let validity = Validity::new(at(begins)?, at(ends)?);
        // Positive, and of this card, chip and use alone.
        let mut number = self.derived("serial", serial)?[..16].to_vec();
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

    fn one(&self, ask: &CardKeyAsk, from: Instant) -> Option<CardKeySet> {
        let chip_key = hex::decode(&ask.chip_key).ok()?;
        let chip_key = VerifyingKey::from_sec1_bytes(DISTID, &chip_key).ok()?;
        let chip = Public::parse(&ask.chip_key).ok()?;
        let vendor = Public::parse(&ask.vendor_key).ok()?;
        let card = format!("{}/{}", ask.card_no, ask.chip);
        let encryption = Secret::from_bytes(&*self.derived("encryption", &card)?).ok()?;
        let encryption_public = hex::decode(encryption.public()).ok()?;
        let encryption_public = VerifyingKey::from_sec1_bytes(DISTID, &encryption_public).ok()?;
        let spki = |key: &VerifyingKey| SubjectPublicKeyInfoOwned::from_key(key).ok();
        let (signs, encrypts) = (format!("{card}/sign"), format!("{card}/encrypt"));
        let signing =
            self.certificate((&ask.number, &signs), spki(&chip_key)?, KeyUsages::DigitalSignature, from)?;
        let encrypting = self.certificate(
            (&ask.number, &encrypts),
            spki(&encryption_public)?,
            KeyUsages::KeyEncipherment,
            from,
        )?;
        Some(CardKeySet {
            signing_certificate: BASE64.encode(signing),
            encryption_certificate: BASE64.encode(encrypting),
            encryption_key: envelope::seal(&encryption, &chip)?,
            master_key: Shared::new(*self.derived("master", &card)?).sealed_for(&vendor)?,
            admin_pin: Shared::new(*self.derived("pin", &card)?).sealed_for(&vendor)?,
        })
    }
}

impl CardKeys for SimCardKeys {
    fn issue<'a>(&'a self, cards: &'a [CardKeyAsk], began: Instant) -> Reply<'a, Vec<Option<CardKeySet>>> {
        let all = cards.iter().map(|c| self.one(c, began)).collect();
        Box::pin(async move { all })
    }

    /// Root keys are those of the simulated cards, or the machine's own keys 1 to 10.
    fn step<'a>(&'a self, _step: &'a str, said: &'a str) -> Reply<'a, Option<String>> {
        let said = machine_says(said, |chip, number, block| match &self.vault {
            Vault::Memory(_) => VirtualKeys.cryptogram(chip, number, block).ok(),
            Vault::Machine(machine) => {
                let chip = <[u8; 16]>::try_from(hex::decode(chip).ok()?).ok()?;
                let out = machine.under(number.into(), chip, &block);
                let out = out.map_err(|why| tracing::error!(%why, "the encryption machine")).ok()?;
                <[u8; 16]>::try_from(&out[..]).ok()
            }
        });
        Box::pin(async move { said })
    }
}
