//! Who acts, when and through which door. Made once, at the door; nothing below it asks for the time.

use crate::ids::{BankCode, DeskId, OfficerId, PartnerId, VendorCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    const EAST_8_MICROS: i64 = 8 * 3600 * 1_000_000;
    const DAY_MICROS: i64 = 24 * 3600 * 1_000_000;

    /// The day in Guangdong (UTC+8, no summer time), on which every deadline is counted.
    pub fn date(self) -> Date {
        let days = (self.0 + Self::EAST_8_MICROS).div_euclid(Self::DAY_MICROS);
        let epoch = jiff::civil::date(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().days(days.clamp(-7_000_000, 7_000_000))).unwrap_or(if days < 0 {
            Date::MIN
        } else {
            Date::MAX
        })
    }

    /// Midnight in Guangdong at the start of a day.
    pub fn at_start_of(date: Date) -> Self {
        let epoch = jiff::civil::date(1970, 1, 1);
        let days = i64::from(date.duration_since(epoch).as_secs().div_euclid(86_400) as i32);
        Self(days * Self::DAY_MICROS - Self::EAST_8_MICROS)
    }

    /// The local wall-clock time, `2026-11-23 18:58:26`, for people.
    pub fn local(self) -> String {
        let seconds = (self.0 + Self::EAST_8_MICROS).rem_euclid(Self::DAY_MICROS) / 1_000_000;
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("{} {h:02}:{m:02}:{s:02}", self.date())
    }
}

/// Who gives a command.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person who signed in. Role and place are looked up when the command runs, not when it was sent.
    Officer(OfficerId),
    /// A service bank's computer.
    Bank(BankCode),
    /// A card vendor's computer.
    Vendor(VendorCode),
    /// Any other partner's computer.
    Partner(PartnerId),
    /// 自助服务设施: the machine at which a holder serves himself, without a clerk.
    Kiosk(DeskId),
    /// This system: first set-up and duties.
    System,
}

impl Actor {
    /// By which door somebody comes in who uses the console's pages by hand.
    pub fn door(&self) -> Channel {
        match self {
            Self::Kiosk(_) => Channel::Kiosk,
            Self::Officer(_) | Self::Bank(_) | Self::Vendor(_) | Self::Partner(_) | Self::System => {
                Channel::Console
            }
        }
    }

    /// A short text for the journal, without personal data.
    pub fn text(&self) -> String {
        match self {
            Self::Officer(id) => format!("officer:{id}"),
            Self::Bank(code) => format!("bank:{code}"),
            Self::Vendor(code) => format!("vendor:{code}"),
            Self::Partner(id) => id.to_string(),
            Self::Kiosk(id) => format!("kiosk:{id}"),
            Self::System => "system".into(),
        }
    }
}

/// Through which door a command came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The console, by hand.
    Console,
    /// A file that was uploaded or imported.
    File,
    /// A partner's computer.
    Partner,
    /// The command line on the server itself.
    CommandLine,
    /// 线上服务渠道: the holder, through an online service.
    Online,
    /// 自助服务设施 of an outlet: the holder, alone.
    Kiosk,
    /// A duty of the system.
    Duty,
}

impl Channel {
    /// The stable name in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::File => "file",
            Self::Partner => "partner",
            Self::CommandLine => "command_line",
            Self::Online => "online",
            Self::Kiosk => "kiosk",
            Self::Duty => "duty",
        }
    }
}

/// What is known of a command besides its body.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// When the door took it.
    pub now: Instant,
    /// Who gave it.
    pub actor: Actor,
    /// Through which door.
    pub channel: Channel,
    /// The caller's own key for this request; the same key with the same body is done once.
    pub request_key: Option<String>,
    /// Digest of what the caller sent, when the door adds to it (checks, times, fresh identities); `None` when the
    /// command is exactly what was sent.
    pub request_body: Option<[u8; 32]>,
}

impl Ctx {
    /// The day on which the command was taken, in Guangdong.
    pub fn today(&self) -> Date {
        self.now.date()
    }
}
