//! 动态口令 (TOTP, RFC 6238: SHA-1, six digits, thirty seconds, as every authenticator has it): a secret that is shown once and sealed, a
//! code that proves it, codes of which none is taken twice, and ten recovery codes of which only digests stay.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::facts::institution::Officer;
use kaguan_domain::facts::officer::DoorEvent;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::{InstitutionCommand, RecordSignIn};
use kaguan_store::SecondFactor;
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// As an authenticator calls the system.
const ISSUER: &str = "省卡管系统";
/// What was shown is proved within so many microseconds.
const SHOWN: i64 = 30 * 60 * 1_000_000;
const RECOVERY_CODES: usize = 10;
/// Characters that nobody confounds.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";

/// A secret to be taken into an authenticator.
pub struct Enrolment {
    /// Under which number it is kept.
    pub factor: i64,
    /// BASE32, in groups of four, for whoever types it.
    pub secret: String,
    /// What the QR code says.
    pub address: String,
}

/// What became of a code that was to prove a secret.
pub enum Proved {
    /// The 动态口令 holds; its recovery codes, which are shown now and never again.
    Set(Vec<String>),
    /// The code is wrong.
    Wrong,
    /// The secret is no longer the one that is shown.
    Gone,
}

fn totp(secret: &[u8]) -> Result<Totp, Failure> {
    let built =
        Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(1).with_step_duration(30);
    built.with_secret(secret.to_vec()).build().map_err(Failure::broken)
}

/// The step of thirty seconds to which a code belongs, of those that are taken now: the present one, and one on either side for clocks
/// that differ.
fn step_of(secret: &[u8], code: &str, now: Instant) -> Result<Option<i64>, Failure> {
    let seconds = u64::try_from(now.0.div_euclid(1_000_000)).unwrap_or_default();
    let step = totp(secret)?.check(code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// What somebody typed without the gaps that people write.
fn plain(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_lowercase()
}

fn percent(text: &str) -> String {
    let one = |b: u8| match b.is_ascii_alphanumeric() {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    };
    text.bytes().map(one).collect()
}

/// 120 bits, of which a digest under a key may stay: whoever reads it finds the code by no search (ASVS 5.0, 6.5.2).
fn recovery_code() -> Result<String, Failure> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(Failure::broken)?;
    let letters = bytes.map(|b| char::from(LETTERS[usize::from(b % 32)]));
    Ok(letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-"))
}

impl Service {
    fn recovery_digest(&self, factor: i64, code: &str) -> [u8; 32] {
        self.store().digest("recovery code", &format!("{factor}\n{}", plain(code)))
    }

    /// The secret that an officer takes into an authenticator: the same while it is looked at again, until it is proved.
    pub async fn enrol_second_factor(&self, officer: &Officer) -> Result<Enrolment, Failure> {
        let _turn = self.sessions().turn().await;
        let (holds, now) = (self.institutions().sign_in_of(officer.id).second, self.wall());
        let fresh = |f: &&SecondFactor| Some(f.id) != holds && (0..SHOWN).contains(&(now.0 - f.made.0));
        let known = self.store().second_factors(officer.id).await?;
        let shown = match known.iter().find(fresh) {
            Some(shown) => shown.clone(),
            None => {
                let mut secret = vec![0; 20];
                getrandom::fill(&mut secret).map_err(Failure::broken)?;
                let new =
                    SecondFactor { id: self.fresh(), officer: officer.id, made: now, last_step: 0, secret };
                self.store().put_second_factor(&new, holds).await?;
                new
            }
        };
        let secret = Secret::from(shown.secret.clone()).to_base32();
        let (issuer, login) = (percent(ISSUER), percent(&officer.login));
        let address = format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}");
        let groups: Vec<&str> =
            (0..secret.len()).step_by(4).map(|at| &secret[at..(at + 4).min(secret.len())]).collect();
        Ok(Enrolment { factor: shown.id, secret: groups.join(" "), address })
    }

    /// A code proves a secret that was shown: from now on sign-in asks for it, and every session of the officer has ended.
    pub async fn prove_second_factor(
        &self,
        ctx: Ctx,
        officer: OfficerId,
        factor: i64,
        code: &str,
    ) -> Result<Proved, Failure> {
        clause!(R6.1);
        let mut codes = Vec::with_capacity(RECOVERY_CODES);
        {
            let _turn = self.sessions().turn().await;
            let holds = self.institutions().sign_in_of(officer).second;
            let known = self.store().second_factors(officer).await?;
            let Some(shown) = known.iter().find(|f| f.id == factor && Some(f.id) != holds) else {
                return Ok(Proved::Gone);
            };
            let Some(step) = step_of(&shown.secret, &plain(code), self.wall())? else {
                return Ok(Proved::Wrong);
            };
            for _ in 0..RECOVERY_CODES {
                codes.push(recovery_code()?);
            }
            let digests: Vec<_> = codes.iter().map(|code| self.recovery_digest(factor, code)).collect();
            self.store().take_step(factor, step).await?;
            // A proof that was interrupted before its line has left codes that nobody saw.
            for old in self.store().recovery_codes(factor).await? {
                self.store().end_recovery_code(factor, old).await?;
            }
            self.store().put_recovery_codes(factor, &digests).await?;
        }
        let command = InstitutionCommand::SetSecondFactor { officer, factor };
        self.execute(ctx, Command::Institution(command)).await?;
        self.store().keep_second_factor(officer, factor).await?;
        Ok(Proved::Set(codes))
    }

    /// Whether what an officer typed is the 动态口令 of this moment, or a recovery code; either is taken once. The try is counted
    /// before.
    pub async fn is_second_factor(&self, officer: OfficerId, typed: &str) -> Result<bool, Failure> {
        clause!(R6.1);
        let typed = plain(typed);
        let left = {
            let _turn = self.sessions().turn().await;
            let Some(factor) = self.institutions().sign_in_of(officer).second else { return Ok(false) };
            let known = self.store().second_factors(officer).await?;
            let Some(known) = known.into_iter().find(|f| f.id == factor) else { return Ok(false) };
            if let Some(step) = step_of(&known.secret, &typed, self.wall())? {
                if step <= known.last_step {
                    return Ok(false);
                }
                self.store().take_step(factor, step).await?;
                return Ok(true);
            }
            let digest = self.recovery_digest(factor, &typed);
            let codes = self.store().recovery_codes(factor).await?;
            if !codes.contains(&digest) {
                return Ok(false);
            }
            self.store().end_recovery_code(factor, digest).await?;
            codes.len() - 1
        };
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        let event = DoorEvent::RecoveryCodeUsed { officer, left };
        let ctx = self.ctx(Actor::Officer(officer), Channel::Console, None);
        self.execute(ctx, Command::Door(RecordSignIn { event })).await?;
        Ok(true)
    }

    /// How many recovery codes an officer has still.
    pub async fn recovery_codes_left(&self, officer: OfficerId) -> Result<usize, Failure> {
        match self.institutions().sign_in_of(officer).second {
            Some(factor) => Ok(self.store().recovery_codes(factor).await?.len()),
            None => Ok(0),
        }
    }
}
