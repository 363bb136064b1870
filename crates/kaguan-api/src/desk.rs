//! What passes between the system and the agent on a clerk's desk (`kaguan-desk`). The agent dials out; whatever either side says is a text
//! signed by its SM2 key, so that a job of another desk, an old one and a changed one are refused by whoever reads it.

use crate::sign::{Public, Secret, digest};
use serde::{Deserialize, Serialize};

pub use crate::in_steps::{InSteps, MachineAnswer, MachineAsk};

/// Where an agent asks to be paired.
pub const PAIR: &str = "/desk/v1/pair";
/// Where it waits for jobs.
pub const JOBS: &str = "/desk/v1/jobs";
/// Where it answers them.
pub const ANSWERS: &str = "/desk/v1/answers";
/// Where it asks the province's 加密机 while it does one ([`MachineAsk`]).
pub const MACHINE: &str = "/desk/v1/machine";
/// Where it brings the paper that it has scanned: the signed [`Answer`] is in the header [`ANSWER_HEADER`], the picture is the body.
pub const PAPERS: &str = "/desk/v1/papers";
/// A [`Signed`] answer as JSON in base64.
pub const ANSWER_HEADER: &str = "kaguan-answer";
/// The largest scanned paper, in bytes: what an archive takes.
pub const LARGEST_PAPER: usize = 16 << 20;
/// How long a job is good for, in milliseconds.
pub const JOB_MS: i64 = 60_000;
/// How long a pairing code is good for, in milliseconds.
pub const PAIRING_MS: i64 = 300_000;
/// How long the system keeps a question for jobs waiting, in seconds.
pub const WAIT_S: u64 = 20;

/// A code of ours beside those of drivers: 重置密码 has put the old PIN out of force, and no new one was typed. It is asked for again.
pub const PIN_CLEARED: i32 = -3701;
/// Another: PINs are to be typed at the reader's keypad, and the reader has none that can do it.
pub const NO_KEYPAD: i32 = -3702;
/// Another: the driver has no keys of its own, and the province's 加密机 did not answer. What would have changed the card was not begun.
pub const MACHINE_SILENT: i32 = -3703;

/// Whether a command to the card may have been carried out although it is said to have failed: the card was gone, or the reader.
pub fn may_be_done(code: i32) -> bool {
    matches!(code, -4 | -11 | -12)
}

/// How a failure has left the PIN, as far as is known.
pub fn pin_after(code: i32) -> &'static str {
    match may_be_done(code) {
        true => "是否已办成不明，请在柜台读卡验证密码",
        false => "密码没有变动",
    }
}

/// What a new PIN has to be, as a holder is told: a text that stands in others.
macro_rules! new_pin_rule {
    () => {
        "新密码须为六位数字，不得使用初始密码、同一个数字、连续数字、出生日期和社会保障号码中的数字。"
    };
}

/// Whether a new PIN that is too simple is refused at a desk before the chip is asked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewPin {
    /// It is, with the reason.
    Judged,
    /// It is typed at the keypad of a reader, which puts it into the command itself: nobody sees it.
    NotJudged,
    /// The maker's driver does as it does; or nothing was said.
    #[default]
    Unknown,
}

impl NewPin {
    /// What the holder has to be told before typing; empty when the desk refuses what it would be told about.
    pub fn told(self) -> &'static str {
        match self {
            Self::Judged => "",
            Self::NotJudged => concat!(
                "密码在读卡器的键盘上输入，不经过电脑，因此不能核对新密码是否过于简单。",
                new_pin_rule!()
            ),
            Self::Unknown => concat!("新密码是否过于简单，不能确定本机是否核对。", new_pin_rule!()),
        }
    }

    /// What stands behind 密码已修改.
    pub fn afterwards(self) -> &'static str {
        match self {
            Self::Judged => "",
            Self::NotJudged => "（在读卡器键盘上输入，未核对是否过于简单）",
            Self::Unknown => "（是否核对过于简单，由厂商驱动决定）",
        }
    }
}

/// A signed text: the JSON as it was signed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What is said.
    pub body: String,
    /// SM2 with SM3 over [`Self::body`] after a line that says what it is; base64.
    pub signature: String,
}

/// What a signed text is, so that one kind is never taken for another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// [`Job`].
    Job,
    /// [`Ask`].
    Ask,
    /// [`Given`].
    Given,
    /// [`Answer`].
    Answer,
    /// [`Pairing`].
    Pairing,
    /// [`MachineAsk`].
    MachineAsk,
    /// [`MachineAnswer`].
    MachineAnswer,
}

impl Kind {
    fn over(self, body: &str) -> Vec<u8> {
        let kind = match self {
            Self::Job => "KAGUAN-DESK-JOB",
            Self::Ask => "KAGUAN-DESK-ASK",
            Self::Given => "KAGUAN-DESK-GIVEN",
            Self::Answer => "KAGUAN-DESK-ANSWER",
            Self::Pairing => "KAGUAN-DESK-PAIRING",
            Self::MachineAsk => "KAGUAN-DESK-MACHINE-ASK",
            Self::MachineAnswer => "KAGUAN-DESK-MACHINE-ANSWER",
        };
        format!("{kind}\n{body}").into_bytes()
    }
}

impl Signed {
    /// Signs.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn of<T: Serialize>(kind: Kind, said: &T, key: &Secret) -> serde_json::Result<Self> {
        let body = serde_json::to_string(said)?;
        let signature = key.sign(&kind.over(&body));
        Ok(Self { body, signature })
    }

    /// Reads what a key has signed; `None` when it has not, or when it is something else.
    pub fn read<T: for<'a> Deserialize<'a>>(&self, kind: Kind, key: &Public) -> Option<T> {
        key.verify(&kind.over(&self.body), &self.signature).then(|| serde_json::from_str(&self.body).ok())?
    }
}

/// A desk's wish to be paired, signed by its own key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pairing {
    /// The desk's public key, 130 hexadecimal digits.
    pub public: String,
    /// What the machine is called, for the administrator.
    pub machine: String,
    /// Unix milliseconds.
    pub time: i64,
}

/// What came of it so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairingState {
    /// The code that an administrator types, eight characters.
    Waits {
        /// It.
        code: String,
    },
    /// It is tied to an outlet.
    Paired {
        /// Its number among the desks.
        desk: i64,
        /// The key under which jobs are signed.
        system: String,
    },
}

/// A desk asks for work.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Which desk.
    pub desk: i64,
    /// Greater than in everything this desk has said before: Unix milliseconds, or more.
    pub seq: i64,
    /// The driver's dialect, in Chinese.
    pub driver: String,
    /// The agent's version.
    pub version: String,
    /// The system's key that the agent holds, 130 hexadecimal digits: under it the answer is signed.
    pub system: String,
    /// What becomes of a new PIN.
    #[serde(default)]
    pub new_pin: NewPin,
    /// Whether a scanner stands beside it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub scans: bool,
}

/// An agent without a scanner says nothing of one: a system that knows none understands it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(said: &bool) -> bool {
    !said
}

/// What it is given, signed by the system: an answer to this question and no other, so that none of an earlier day passes for it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// [`Ask::seq`] of the question.
    pub seq: i64,
    /// The system's time, Unix milliseconds: a job ends by this clock, for those of desks are often wrong.
    pub now: i64,
    /// The short number by which a clerk takes the desk for a session, four digits.
    pub number: String,
    /// Who has it, in Chinese; empty when nobody has.
    pub taken_by: String,
    /// The job, when there is one.
    pub job: Option<Signed>,
    /// The key under which the system signs from now on, when it is another than the one that the agent holds, which vouches for it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_system: Option<String>,
}

/// One job.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Never used twice.
    pub id: String,
    /// For which desk.
    pub desk: i64,
    /// For which session: a digest.
    pub session: String,
    /// Which officer; 0 where a holder serves himself.
    pub officer: i64,
    /// Which card: 卡识别码, or empty before one is known.
    pub card: String,
    /// For whom: [`person`] of the person's number; empty when nobody's data are touched.
    pub person: String,
    /// Unix milliseconds after which nobody does it.
    pub expires: i64,
    /// What is to be done.
    pub work: Work,
}

/// SM3 of a person's number within a job: says whose data it may touch, and nothing beyond the job.
pub fn person(job: &str, number: &str) -> String {
    digest(format!("{job}\n{number}").as_bytes())
}

/// Data of a card: file, tag and value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// `SSSEEF06`.
    pub file: String,
    /// `09`.
    pub tag: String,
    /// As the driver takes it.
    pub value: String,
}

/// What a desk can do.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Work {
    /// 读卡: what is on the card under the reader.
    Read,
    /// 读身份证.
    ReadIdentity,
    /// 进卡: from a card box, once every character of the face is known to have a glyph; then as [`Self::Read`].
    Load {
        /// `iLoadCard(n)`.
        card_box: u8,
        /// The print strings, looked through for characters without a glyph.
        texts: Vec<String>,
    },
    /// 写基本信息.
    Write {
        /// 卡号, which with the chip says which card is meant.
        card_no: String,
        /// What is written; tag `08` is the person's number.
        items: Vec<Item>,
    },
    /// `iWriteCaStep1`: the chip's signature public key.
    CaPrepare,
    /// `iWriteCaStep2`. What is secret is sealed for the chip or for the desk.
    CaWrite {
        /// 签名证书.
        signing_certificate: String,
        /// 加密证书.
        encryption_certificate: String,
        /// 加密密钥, sealed for the chip.
        encryption_key: String,
        /// 主控密钥, sealed for the desk.
        master_key: String,
        /// 管理员PIN, sealed for the desk.
        admin_pin: String,
    },
    /// 印卡: the face, after the number on the chip was compared with it once more; then the card goes out.
    Print {
        /// `sData1` to `sData6`.
        texts: Vec<String>,
        /// `sPhoto1`, `sPhoto2`.
        photos: Vec<String>,
    },
    /// 退卡.
    Eject {
        /// 正常卡位; otherwise 坏卡位.
        good: bool,
    },
    /// 修改密码; it is typed at the desk and stays there.
    ChangePin,
    /// 解锁密码.
    UnlockPin {
        /// 卡号.
        card_no: String,
    },
    /// 重置密码.
    ResetPin {
        /// 卡号.
        card_no: String,
    },
    /// 扫描: one side of a paper that lies on the scanner.
    Scan,
}

impl Work {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read => "读卡",
            Self::ReadIdentity => "读身份证",
            Self::Load { .. } => "进卡",
            Self::Write { .. } => "写基本信息",
            Self::CaPrepare => "初始化CA环境",
            Self::CaWrite { .. } => "写入CA",
            Self::Print { .. } => "印卡",
            Self::Eject { .. } => "退卡",
            Self::ChangePin => "修改密码",
            Self::UnlockPin { .. } => "解锁密码",
            Self::ResetPin { .. } => "重置密码",
            Self::Scan => "扫描",
        }
    }
}

/// What `iReadCardBas` says.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    /// 社会保障号码; empty on a blank.
    pub number: String,
    /// 卡号.
    pub card_no: String,
    /// 卡识别码.
    pub chip: String,
    /// 姓名, with what stands in 姓名扩展.
    pub name: String,
    /// 卡复位信息.
    pub reset: String,
    /// 规范版本.
    pub version: String,
    /// 发卡日期, `YYYYMMDD`.
    pub issued: String,
    /// 卡有效期, `YYYYMMDD`.
    pub until: String,
}

/// What stands on an identity card that lies on the reader.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// 姓名.
    pub name: String,
    /// 公民身份号码.
    pub number: String,
    /// 有效期至, `YYYYMMDD`, or 长期.
    pub until: String,
    /// The photo in the card's chip, base64; empty when it has none that can be read.
    pub photo: String,
}

/// What came of a job.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// Done; there is nothing more to say.
    Done,
    /// Done; this is on the card.
    Card(Basic),
    /// Done; this is on the identity card.
    Identity(Identity),
    /// Done; the chip's signature public key.
    ChipKey(String),
    /// Done; the scanned paper, which is brought to [`PAPERS`].
    Paper {
        /// SM3 of the picture, hexadecimal.
        digest: String,
        /// Its bytes.
        length: usize,
        /// The picture itself: it is not in the signed text.
        #[serde(skip)]
        picture: Vec<u8>,
    },
    /// The driver has failed.
    Failed {
        /// By the published table.
        code: i32,
        /// In Chinese, without personal data.
        words: String,
    },
    /// The desk did not begin.
    Refused {
        /// Why, in Chinese.
        why: String,
    },
}

/// An answer.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Which desk.
    pub desk: i64,
    /// To which job.
    pub job: String,
    /// What came of it.
    pub outcome: Outcome,
}
