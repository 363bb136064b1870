//! One card after the other through its steps: the domain says which comes next and what an answer means; here it is asked of the desk.

use crate::Console;
use crate::agent::{Face, For, Run, RunState, Unheard, now_ms, perform};
use crate::may::May;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::desk::{Basic, Item, Outcome, Work};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::making::{MakingStep, Next};
use kaguan_domain::ids::{BlankId, BlankOrderId, CardId, ChipIdentifier, OrgId};
use kaguan_domain::instant::{
    AnswerStep, AskStep, Begin, BeginAtDesk, ReadCard, StepOutcome, UnderReader, WayOut, WriteBack, card_of,
    face_texts, making_of, printed_name,
};
use kaguan_domain::records::printed_photo;
use kaguan_domain::refusal::Reason;
use kaguan_service::ports::CardKeyAsk;
use kaguan_service::{AskedStep, Command, Failure, InClear, Seen};

const WHY: &str = "新即时制卡（在制卡桌面机上印写）";
const SILENT: &str = "桌面机没有应答，卡可能仍在读卡位置。请检查桌面机后点“继续”";

/// Who makes it, where.
#[derive(Clone)]
pub struct Runner {
    pub console: Console,
    pub actor: Actor,
    pub outlet: OrgId,
    pub whose: For,
    pub run: Run,
    /// The session's token, which addresses of its pages are made with.
    pub token: String,
    /// The face was looked at.
    pub face_seen: bool,
}

pub fn read_of(card: Basic) -> ReadCard {
    ReadCard {
        chip: card.chip,
        card_no: card.card_no,
        number: card.number,
        name: card.name,
        issued: card.issued,
    }
}

/// A card that is not made now goes out where it belongs; what is said of it.
pub async fn take_out(console: &Console, whose: &For, under: UnderReader, read: &ReadCard) -> String {
    let (way, told) = match whose.officer {
        Some(_) => under.way_out(read),
        None => under.way_out_alone(read),
    };
    let good = match way {
        WayOut::Stays => return format!("卡没有退出。{told}"),
        WayOut::Good => true,
        WayOut::Reject => false,
    };
    put_out(console, whose, (&read.chip, good), told).await
}

/// The card under the reader goes out, to the good ones or into the bin; what is said of it.
pub async fn put_out(console: &Console, whose: &For, (chip, good): (&str, bool), told: &str) -> String {
    match perform(console, whose, (chip, ""), Work::Eject { good }).await {
        Ok(Outcome::Done) if good => format!("卡已从正常卡位退出。{told}"),
        Ok(Outcome::Done) => format!("卡已从坏卡位退出。{told}"),
        Ok(
            Outcome::Card(_)
            | Outcome::Identity(_)
            | Outcome::ChipKey(_)
            | Outcome::Paper { .. }
            | Outcome::Failed { .. }
            | Outcome::Refused { .. },
        )
        | Err(Unheard::NotGiven(_) | Unheard::Lost) => format!("卡没有自动退出，请手工取出。{told}"),
    }
}

impl Runner {
    fn ctx(&self) -> Ctx {
        self.console.service.ctx(self.actor.clone(), self.actor.door(), None)
    }

    fn tell(&self, step: &str, said: &str) {
        let (step, said) = (step.to_owned(), said.to_owned());
        self.console.desks.tell(&self.whose.session, |run| {
            match run.lines.iter_mut().find(|l| l.0 == step) {
                Some(line) => line.1 = said,
                None => run.lines.push((step, said)),
            }
        });
    }

    /// Makes the card as far as it goes, and says how it stands.
    pub async fn go(self) {
        let state = match self.work().await {
            Ok(state) => state,
            Err(why) => RunState::Stopped(why.to_string()),
        };
        self.console.desks.tell(&self.whose.session, |run| run.state = state);
    }

    async fn work(&self) -> Result<RunState, Failure> {
        let seen = self.console.service.look_in_clear(self.ctx(), self.run.holder, WHY).await?;
        let Some(application) = seen.whole().application(self.run.application) else {
            return Ok(RunState::Ended("没有该申请".into()));
        };
        let (mut next, blank) = if let Stage::Personalising { blank, .. } = &application.stage {
            match making_of(application) {
                Some(next) => (next, *blank),
                None => return Ok(RunState::Ended("该卡已在别处取用，请在“即时制卡”中登记结果".into())),
            }
        } else if seen.whole().cards.iter().any(|c| c.application == application.id) {
            return Ok(RunState::Made);
        } else if !matches!(application.stage, Stage::Accepted { .. }) {
            return Ok(RunState::Ended("该申请现在不能制卡，请在“即时制卡”中查看".into()));
        } else {
            // What was said of another card, or of another try, is not said of this one.
            self.console.desks.tell(&self.whose.session, |run| run.lines.clear());
            let name = match self.name_judged(&seen) {
                Ok(name) => name,
                Err(state) => return Ok(state),
            };
            let number = seen.whole().person.as_ref().map(|p| p.details.ssn.as_str().to_owned());
            let today = self.console.service.now().date();
            let texts = face_texts(&name, &number.unwrap_or_default(), "", today);
            let Some(card_box) = self.whose.desk.box_of(&application.bank) else {
                return Ok(RunState::Ended(format!("本桌面机没有{}的卡盒", application.bank.name())));
            };
            match self.load(card_box, texts).await? {
                Ok(blank) => (Next::Ask(MakingStep::Write), blank),
                // A glyph that the desk lacks is one of the characters that were typed.
                Err(RunState::NameAgain(why)) if !seen.has_rare() => return Ok(RunState::Ended(why)),
                Err(state) => return Ok(state),
            }
        };
        loop {
            next = match next {
                Next::LookAtFace => return Ok(RunState::LookAtFace),
                Next::Confirm => return self.confirm(blank).await,
                Next::Ask(step) => match self.step(blank, step).await? {
                    Ok(next) => next,
                    Err(state) => return Ok(state),
                },
            };
        }
    }

    /// The name on the face, once neither it nor the application is refused: what can be judged before a blank leaves its box is judged
    /// before.
    fn name_judged(&self, seen: &InClear) -> Result<String, RunState> {
        clause!(X9.4);
        let Some(person) = &seen.whole().person else {
            return Err(RunState::Ended("没有该申请".into()));
        };
        let name = &person.details.name;
        let printed =
            printed_name(name, self.run.printed_name.as_deref()).map_err(|why| match name.has_rare() {
                true => RunState::NameAgain(why.sentence()),
                false => RunState::Ended(why.sentence()),
            })?;
        // No card is named yet: that there is none is found when one is read.
        let blank = BlankId { order: BlankOrderId(-1), n: 1 };
        let begin = Begin { application: self.run.application, blank, outlet: self.outlet };
        let command = HolderCommand::BeginInstant(begin);
        let refused = May::alone(&self.console, self.ctx()).refused(seen, &command);
        match refused.filter(|why| why.reason != Reason::NotFound) {
            Some(why) => Err(RunState::Ended(why.sentence())),
            None => Ok(printed.unwrap_or_else(|| name.display().to_owned())),
        }
    }

    /// The blank on top of the box comes under the reader, and is taken; nothing is anybody's before. Otherwise how the making stands.
    async fn load(&self, card_box: u8, texts: Vec<String>) -> Result<Result<BlankId, RunState>, Failure> {
        let name = MakingStep::Load.name();
        self.tell(name, "进行中");
        let ended = |why: String| Ok(Err(RunState::Ended(why)));
        let read = match perform(&self.console, &self.whose, ("", ""), Work::Load { card_box, texts }).await {
            Ok(Outcome::Card(read)) => read,
            Ok(Outcome::Failed { code, words }) => {
                self.tell(name, &format!("{words}（{code}）"));
                let out = "卡仍在读卡位置的，请按“退卡”取出";
                return ended(format!("进卡失败：{words}（{code}）。{out}"));
            }
            Ok(Outcome::Refused { why }) => {
                self.tell(name, "未进卡");
                return Ok(Err(RunState::NameAgain(why)));
            }
            Err(Unheard::NotGiven(why)) => {
                self.tell(name, "未进卡");
                return ended(why);
            }
            Ok(Outcome::Done | Outcome::Identity(_) | Outcome::ChipKey(_) | Outcome::Paper { .. }) => {
                self.tell(name, "答复不合规");
                return ended("桌面机的答复不合规".into());
            }
            Err(Unheard::Lost) => {
                self.tell(name, "没有应答");
                return Ok(Err(RunState::Stopped(SILENT.into())));
            }
        };
        let read = read_of(read);
        let under = self.console.service.under_reader(&self.actor, &read.chip).await?;
        let why = if let UnderReader::InStock(blank) = under {
            let begin = Begin { application: self.run.application, blank, outlet: self.outlet };
            let begin = BeginAtDesk {
                begin,
                desk: self.whose.desk.id,
                read: read.clone(),
                printed_name: self.run.printed_name.clone(),
            };
            let command = Command::of(self.run.holder, HolderCommand::BeginAtDesk(begin));
            match self.console.service.execute(self.ctx(), command).await {
                Ok(_) => {
                    self.tell(name, "完成");
                    return Ok(Ok(blank));
                }
                Err(why @ Failure::Refused(_)) => why.to_string(),
                // It may be taken: it stays where it is, and whoever goes on finds out.
                Err(why) => return Err(why),
            }
        } else {
            String::new()
        };
        let said = take_out(&self.console, &self.whose, under, &read).await;
        self.tell(name, "未取用");
        self.tell("退卡", &said);
        ended(format!("{why}{said}"))
    }

    /// A spoiled card goes into the bin; one that does not come out is taken out by hand, and what is booked stays.
    async fn reject(&self, chip: &str) {
        let out = perform(&self.console, &self.whose, (chip, ""), Work::Eject { good: false }).await;
        let said = if matches!(out, Ok(Outcome::Done)) { "完成" } else { "未退出，请手工取出" };
        self.tell("退卡（坏卡位）", said);
    }

    /// One step: asked, done, answered. What comes next, or how the making stands.
    async fn step(&self, blank: BlankId, step: MakingStep) -> Result<Result<Next, RunState>, Failure> {
        let application = self.run.application;
        let desk = self.whose.desk.id;
        let now = now_ms(&self.console);
        if self.console.desks.driver_of(desk, now).is_none() {
            return Ok(Err(RunState::Stopped("制卡桌面机没有连接，请检查桌面程序后点“继续”".into())));
        }
        if step == MakingStep::Print && !self.face_seen {
            return self.face().await.map(Err);
        }
        self.tell(step.name(), "进行中");
        let ask = AskStep { application, blank, desk, step };
        let asked = self.console.service.ask_step(self.ctx(), self.run.holder, ask).await?;
        let outcome = match self.job(step, &asked).await {
            Ok(Outcome::Done | Outcome::Identity(_) | Outcome::ChipKey(_) | Outcome::Paper { .. }) => {
                StepOutcome::Done
            }
            Ok(Outcome::Card(read)) => StepOutcome::Read(read_of(read)),
            Ok(Outcome::Failed { code, words }) => {
                self.tell(step.name(), &format!("{words}（{code}）"));
                StepOutcome::Failed { code, words }
            }
            Ok(Outcome::Refused { why }) | Err(Unheard::NotGiven(why)) => {
                self.tell(step.name(), &why);
                StepOutcome::NotBegun
            }
            Err(Unheard::Lost) => {
                self.tell(step.name(), "没有应答");
                let print = step == MakingStep::Print;
                return Ok(Err(if print { RunState::LookAtFace } else { RunState::Stopped(SILENT.into()) }));
            }
        };
        let done = matches!(outcome, StepOutcome::Done | StepOutcome::Read(_));
        let answer = AnswerStep { application, blank, desk, step, outcome };
        match self.console.service.answer_step(self.ctx(), self.run.holder, answer).await? {
            Some(next) if done => {
                self.tell(step.name(), "完成");
                Ok(Ok(next))
            }
            Some(_) => Ok(Err(RunState::Stopped(format!("{}没有完成，可以再试", step.name())))),
            None => {
                if step != MakingStep::Print {
                    self.reject(&asked.chip).await;
                }
                let why = "本卡已登记作废，请把退出的卡放入废卡盒；在“失败数据处理”中处理后再次制卡";
                Ok(Err(RunState::Ended(format!("{}不成功。{why}", step.name()))))
            }
        }
    }

    async fn job(&self, step: MakingStep, asked: &Seen<AskedStep>) -> Result<Outcome, Unheard> {
        let item = |i: &kaguan_domain::instant::ChipItem| Item {
            file: i.file.into(),
            tag: i.tag.into(),
            value: i.value.clone(),
        };
        let work = match step {
            MakingStep::Load | MakingStep::ReadBack => Work::Read,
            MakingStep::Write => {
                Work::Write { card_no: asked.card_no.clone(), items: asked.items.iter().map(item).collect() }
            }
            MakingStep::CaPrepare => Work::CaPrepare,
            MakingStep::CaWrite => self.keys(asked).await?,
            MakingStep::Print => Work::Print { texts: asked.texts.clone(), photos: photos(asked) },
        };
        perform(&self.console, &self.whose, (&asked.chip, &asked.number), work).await
    }

    /// Certificates and keys of the chip: its public key is asked for once more, and what is secret comes sealed for chip and desk.
    async fn keys(&self, asked: &Seen<AskedStep>) -> Result<Work, Unheard> {
        let card = (asked.chip.as_str(), asked.number.as_str());
        let said = perform(&self.console, &self.whose, card, Work::CaPrepare).await?;
        let Outcome::ChipKey(chip_key) = said else {
            return Err(Unheard::NotGiven("芯片没有给出签名公钥".into()));
        };
        let ask = CardKeyAsk {
            number: asked.number.clone(),
            card_no: asked.card_no.clone(),
            chip: asked.chip.clone(),
            chip_key,
            vendor_key: self.whose.desk.public.clone(),
        };
        let keys = self.console.service.partners().card_keys.issue(&[ask], asked.began).await;
        let keys = keys.into_iter().next().flatten();
        let keys = keys.ok_or_else(|| Unheard::NotGiven("证书密钥系统暂无应答，请稍后再试".into()))?;
        Ok(Work::CaWrite {
            signing_certificate: keys.signing_certificate,
            encryption_certificate: keys.encryption_certificate,
            encryption_key: keys.encryption_key,
            master_key: keys.master_key,
            admin_pin: keys.admin_pin,
        })
    }

    /// The face before it is printed.
    async fn face(&self) -> Result<RunState, Failure> {
        let seen = self.console.service.look_in_clear(self.ctx(), self.run.holder, "核对拟印卡面").await?;
        let shown = seen.whole().application(self.run.application).and_then(|a| {
            let Stage::Personalising { card_no, .. } = &a.stage else { return None };
            let (name, issued) = card_of(seen.whole(), a, self.console.service.now().date())?;
            let number = seen.whole().person.as_ref()?.details.ssn.as_str();
            let photo = printed_photo(seen.whole(), a);
            Some((face_texts(&name, number, card_no.as_str(), issued), photo))
        });
        let Some((texts, photo)) = shown else {
            return Ok(RunState::Ended("该申请已不在制卡中".into()));
        };
        let lines = texts.iter().filter(|t| !t.is_empty()).map(|t| {
            let parts: Vec<&str> = t.split('|').collect();
            let part = |n: usize| parts.get(n).copied().unwrap_or_default().to_owned();
            (part(0), part(3), part(4))
        });
        let photo = photo.map(|p| self.console.service.photo_key(&self.token, &p));
        Ok(RunState::FaceReady(Face { lines: lines.collect(), photo }))
    }

    async fn confirm(&self, blank: BlankId) -> Result<RunState, Failure> {
        let seen = self.console.service.look_in_clear(self.ctx(), self.run.holder, WHY).await?;
        let chip: Option<ChipIdentifier> = seen.whole().application(self.run.application).and_then(|a| {
            let Stage::Personalising { made, .. } = &a.stage else { return None };
            Some(made.chip.clone())
        });
        let Some(chip) = chip else { return Ok(RunState::Made) };
        let (application, card) = (self.run.application, CardId(self.console.service.fresh()));
        let done = WriteBack { application, blank, card, chip };
        self.console
            .service
            .execute(self.ctx(), Command::of(self.run.holder, HolderCommand::WriteBack(done)))
            .await?;
        self.tell("登记制卡完成", "完成");
        Ok(RunState::Made)
    }
}

/// `sPhoto1`, where the whole province prints it; nothing under seven.
fn photos(asked: &Seen<AskedStep>) -> Vec<String> {
    asked.photo.iter().map(|jpeg| format!("{}|46|127|234|300", BASE64.encode(jpeg))).collect()
}
