//! `kaguan partner send`: makes a message of any kind happen toward a real partner, in a province for trying things out. The business
//! that leads to it is done on a test card, by the officers whose step it is, so that number, order and state are what they are in
//! operation; and on request the message arrives late, twice, in the wrong order, or at its first attempt not at all.

use crate::control::Control;
use crate::counter::{self, Clerk};
use crate::data_dir::DataDir;
use crate::server_line::ServerLine;
use crate::{life, open, walk};
use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{ExchangeReason, Purpose};
use kaguan_domain::facts::bank_change::BankChangeState;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::{OrgKind, Organisation};
use kaguan_domain::facts::letter::Addressee;
use kaguan_domain::facts::restriction::CaseState;
use kaguan_domain::ids::{ApplicationId, BankCode, CardId, CaseId, HolderId, PartnerId, PartnerKind};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::replacement::Withdraw;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, CarryOut, Reserve};
use kaguan_domain::restriction::{Decide, Lift};
use kaguan_service::ports::{DeliveryError, Message};
use kaguan_service::{Command, Service};
use kaguan_store::{Attempt, AttemptOutcome, MessageState, OutboxRow};
use serde::{Deserialize, Serialize};
use std::process::ExitCode;
use std::time::Duration;

/// The longest that a message is held back.
const LONGEST: u64 = 600;

/// What the partner is to hear.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// 银行：临时挂失
    LoseTemporarily,
    /// 银行：正式挂失
    LoseFormally,
    /// 银行：解除挂失
    ReleaseLoss,
    /// 银行：变更服务银行锁定（新银行现场办理；先有 bank.change_reserved）
    Lock,
    /// 银行：解除锁定（撤销变更）
    Unlock,
    /// 银行：依法限制
    Restrict,
    /// 银行：恢复
    Unrestrict,
    /// 银行：销户（注销社保卡）
    Close,
    /// 原银行：变更服务银行预约
    ChangeReserved,
    /// 新银行：变更服务银行结果（同意）
    ChangeDecided,
    /// 全国社保卡服务平台：电子社保卡状态（随临时挂失）
    EcardState,
    /// 财政：缴款书（随损坏换卡）
    FeeOrder,
    /// 预制卡开户：由网点办理即时制卡发出
    OpenPreMade,
    /// 账户没有社保卡：由卡商回盘失败发出
    AccountUnused,
    /// 电子社保卡申领：由卡商回盘发出
    EcardIssue,
    /// 短信：由值守和邮寄发出
    SmsNotice,
}

impl Kind {
    /// What makes it happen, for those that no single business on a card does.
    fn made_by(self) -> Option<&'static str> {
        match self {
            Self::OpenPreMade => Some("预制卡开户随即时制卡发出：在控制台“新即时制卡”办理一张预制卡"),
            Self::AccountUnused => Some(
                "bank.account_unused 随制卡失败发出：以卡商身份提交 production-returns 的 failed 行，或收回卡商批次",
            ),
            Self::EcardIssue => {
                Some("ecard.issue 随制卡回盘发出：以卡商身份提交 production-returns 的 made 行")
            }
            Self::SmsNotice => {
                Some("sms.notice 随值守和邮寄发出：运行 kaguan duties，或在控制台办理邮递上门")
            }
            Self::LoseTemporarily
            | Self::LoseFormally
            | Self::ReleaseLoss
            | Self::Lock
            | Self::Unlock
            | Self::Restrict
            | Self::Unrestrict
            | Self::Close
            | Self::ChangeReserved
            | Self::ChangeDecided
            | Self::EcardState
            | Self::FeeOrder => None,
        }
    }

    /// The kind of partner that hears it.
    fn hears(self) -> PartnerKind {
        match self {
            Self::EcardState | Self::EcardIssue => PartnerKind::Ecard,
            Self::FeeOrder => PartnerKind::Treasury,
            Self::SmsNotice => PartnerKind::Sms,
            Self::LoseTemporarily
            | Self::LoseFormally
            | Self::ReleaseLoss
            | Self::Lock
            | Self::Unlock
            | Self::Restrict
            | Self::Unrestrict
            | Self::Close
            | Self::ChangeReserved
            | Self::ChangeDecided
            | Self::OpenPreMade
            | Self::AccountUnused => PartnerKind::Bank,
        }
    }
}

/// To whom, what, and how badly it goes.
#[derive(Args, Clone, Serialize, Deserialize)]
pub struct SendArgs {
    /// 种类:代码，如 bank:95588
    partner: String,
    /// 依次发出的消息，如 restrict、lose_temporarily release_loss
    #[arg(value_enum, required = true)]
    kinds: Vec<Kind>,
    /// 测试卡的银行卡号（kaguan sandbox 列出各状态的测试卡）
    #[arg(long)]
    card: String,
    /// 推迟这么多秒再发送，至多600
    #[arg(long, default_value_t = 0)]
    delay: u64,
    /// 每条消息发送两次（编号相同）
    #[arg(long)]
    double: bool,
    /// 先按相反的次序各发一次，再按次序发送
    #[arg(long)]
    reorder: bool,
    /// 第一次发送在途中丢失，其后按重发规则再发
    #[arg(long)]
    drop: bool,
}

/// One attempt, as it is told.
#[derive(Serialize, Deserialize)]
pub struct Tried {
    kind: String,
    message: i64,
    /// The how manieth for this message; 0 of one more than operation makes.
    number: i64,
    outcome: String,
    said: String,
    took: i64,
    next: Option<i64>,
}

impl Tried {
    fn of(a: &Attempt) -> Self {
        Self {
            kind: a.kind.clone(),
            message: a.message,
            number: a.number,
            outcome: a.outcome.name().to_owned(),
            said: a.said.clone(),
            took: a.took,
            next: a.next.map(|at| at.0),
        }
    }
}

impl SendArgs {
    /// Asks whoever writes, and prints what came of it.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let tried = ServerLine::with(dir, "partner send", async |line| line.make_happen(self).await).await?;
        if dir.json {
            println!("{}", serde_json::to_string(&tried)?);
            return Ok(ExitCode::SUCCESS);
        }
        if tried.is_empty() {
            println!("已办理；没有立即发送：对方没有登记接口地址，消息等待取走（GET /api/messages/v1）");
        }
        for t in tried {
            let number = if t.number == 0 { "另发".to_owned() } else { format!("第{}次", t.number) };
            let next = t.next.map_or(String::new(), |at| format!("，{}再发", Instant(at).local()));
            println!(
                "{}　消息{}　{number}　{}　{}　{}毫秒{next}",
                t.kind, t.message, t.outcome, t.said, t.took
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes it happen, where the outbox is delivered from.
pub async fn happen(control: &Control, ask: &SendArgs) -> anyhow::Result<Vec<Tried>> {
    let service = &control.service;
    ensure!(
        open::tried_out(service.store()).await?,
        "只在试用环境（kaguan sandbox、kaguan demo、kaguan migrate --simulate）发送测试消息；实际业务的消息随业务发出"
    );
    let id = PartnerId::parse(&ask.partner).context("合作方应写作 种类:代码，如 bank:95588")?;
    for kind in &ask.kinds {
        if let Some(how) = kind.made_by() {
            bail!("{how}");
        }
        ensure!(kind.hears() == id.kind, "这种消息发给{}，不发给{}", kind.hears().name(), id.kind.name());
    }
    ensure!(ask.delay <= LONGEST, "至多推迟{LONGEST}秒");
    let found = service.card_of_bank_number(&ask.card).await?;
    let (holder, card, bank) = found.context("没有这张测试卡：请写银行卡号，kaguan sandbox 列出测试卡")?;
    let decided = ask.kinds.contains(&Kind::ChangeDecided);
    ensure!(
        id.kind != PartnerKind::Bank || decided || bank.as_str() == id.code,
        "该卡的服务银行是{}，不是{}",
        bank.as_str(),
        id.code
    );
    let to = match id.kind {
        PartnerKind::Bank => Addressee::Bank(BankCode(id.code.clone())).to_string(),
        kind => kind.code().to_owned(),
    };
    // The partner's own round waits: what is sent is sent from here.
    let turn = control.deliveries.turn(&to);
    let turn = turn.lock().await;
    let began = service.fresh();
    for kind in &ask.kinds {
        business(service, *kind, (holder, card), &id).await?;
    }
    let rows = waiting(service, &to, holder).await?;
    let mut out = Vec::new();
    if ask.delay > 0 {
        tokio::time::sleep(Duration::from_secs(ask.delay)).await;
    }
    if ask.drop {
        // As a line does that breaks: nobody knows whether it came, and it is sent again.
        let next = Instant(service.now().0 + 1_000_000);
        let lost = rows.iter().map(|row| lost(service, row, next)).collect::<Vec<_>>();
        out.extend(lost.iter().map(Tried::of));
        let settled = rows.iter().map(|row| (row.clone(), MessageState::Waiting, next)).collect();
        service.store().outbox_settle(settled, lost).await?;
        return Ok(out);
    }
    if ask.reorder {
        for row in rows.iter().rev() {
            out.extend(extra(service, row).await);
        }
    }
    service.deliver_to(&to).await?;
    let tried = service.store().attempts(&to, began, 100).await?;
    out.extend(tried.iter().map(Tried::of));
    if ask.double {
        for row in &rows {
            out.extend(extra(service, row).await);
        }
    }
    drop(turn);
    Ok(out)
}

/// Does the business of which a message comes.
pub async fn business(
    service: &Service,
    kind: Kind,
    (holder, card): (HolderId, CardId),
    partner: &PartnerId,
) -> anyhow::Result<()> {
    let (file, _) = service.file(holder).await?.context("the holder of a card is not on file")?;
    let card = file.card(card).context("the card is not in its holder's file")?;
    let mut clerk = Clerk::of(service);
    let steps = steps(service, kind, &file, card, partner, &mut clerk).await?;
    clerk.keep_images().await?;
    all(service, holder, steps).await
}

/// Gives commands about one person, one after the other.
pub async fn all(service: &Service, holder: HolderId, steps: Vec<(Actor, C)>) -> anyhow::Result<()> {
    for (actor, command) in steps {
        let ctx = service.ctx(actor, Channel::CommandLine, None);
        service.execute(ctx, Command::of(holder, command)).await?;
    }
    Ok(())
}

/// What waits for a partner about one person.
async fn waiting(service: &Service, to: &str, holder: HolderId) -> anyhow::Result<Vec<OutboxRow>> {
    let about = kaguan_store::Subject::Holder(holder).text();
    let rows = service.store().outbox_waiting(to, 0, 500).await?;
    Ok(rows.into_iter().filter(|row| row.subject == about).collect())
}

/// An attempt of which nothing came back.
fn lost(service: &Service, row: &OutboxRow, next: Instant) -> Attempt {
    Attempt {
        id: service.fresh(),
        partner: row.partner.clone(),
        at: service.now(),
        message: row.id,
        kind: row.kind.clone(),
        number: row.attempts + 1,
        took: 0,
        outcome: AttemptOutcome::Later,
        said: "lost on the way (partner send --drop)".into(),
        next: Some(next),
    }
}

/// Sends one message once more than operation would; what the partner says of it changes nothing here.
async fn extra(service: &Service, row: &OutboxRow) -> Option<Tried> {
    let message = Message::try_from(row).ok()?;
    let partners = service.partners();
    let courier = match &message.to {
        Addressee::Bank(_) => &partners.banks,
        Addressee::ECard => &partners.ecard,
        Addressee::Sms => &partners.sms,
        Addressee::Treasury => &partners.treasury,
    };
    let began = std::time::Instant::now();
    let (outcome, said) = match courier.deliver(&message).await {
        Ok(_) => (AttemptOutcome::Taken, "ok".to_owned()),
        Err(DeliveryError::NoAddress) => return None,
        Err(DeliveryError::Later(why)) => (AttemptOutcome::Later, why),
        Err(DeliveryError::Refused(why)) => (AttemptOutcome::GivenUp, why),
    };
    let took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let outcome = outcome.name().to_owned();
    Some(Tried { kind: row.kind.clone(), message: row.id, number: 0, outcome, said, took, next: None })
}

/// The business of which the message comes.
async fn steps(
    service: &Service,
    kind: Kind,
    file: &HolderFile,
    card: &Card,
    partner: &PartnerId,
    clerk: &mut Clerk,
) -> anyhow::Result<Vec<(Actor, C)>> {
    let institutions = service.institutions();
    let own = Actor::Bank(card.bank.clone());
    let id = card.id;
    let approve = || (own.clone(), C::ApproveBankChange(Approve { refused: None }));
    let office = |kind: OrgKind| {
        let here = |o: &&Organisation| o.kind == kind && o.city().as_ref() == Some(&card.city);
        institutions.orgs().find(here).with_context(|| format!("{}没有这类机构", card.city.name()))
    };
    // An outlet of the bank that is to hear of a change, or of any other one of the city.
    let other = || {
        let fits = |b: &BankCode| *b != card.bank && (kind != Kind::ChangeDecided || *b.0 == *partner.code);
        let here = |o: &&Organisation| {
            o.kind == OrgKind::BankOutlet
                && o.city().as_ref() == Some(&card.city)
                && o.bank.as_ref().is_some_and(fits)
        };
        let found = institutions.orgs().find(here);
        found
            .and_then(|o| Some((o.id, o.bank.clone()?)))
            .context("本市没有其他合作银行的网点，不能变更服务银行")
    };
    let reserve = || -> anyhow::Result<(Actor, C)> {
        let (_, to) = other()?;
        Ok((Actor::Bank(to.clone()), C::ReserveBankChange(Reserve { card: id, to })))
    };
    // What is still to be done before the new bank may carry the change out.
    let until_approved = || -> anyhow::Result<Vec<(Actor, C)>> {
        Ok(match file.bank_change().map(|b| &b.state) {
            None => vec![reserve()?, approve()],
            Some(BankChangeState::Reserved) => vec![approve()],
            Some(BankChangeState::Approved { .. } | BankChangeState::CarriedOut { .. }) => Vec::new(),
        })
    };
    let temporary =
        || C::ReportTemporaryLoss(ReportTemporary { card: id, identity: None, verified: true, deputy: None });
    Ok(match kind {
        Kind::LoseTemporarily | Kind::EcardState => vec![(Actor::System, temporary())],
        Kind::LoseFormally => {
            vec![(
                Actor::System,
                C::ReportFormalLoss(ReportFormal { card: id, verified: true, deputy: None }),
            )]
        }
        Kind::ReleaseLoss => {
            vec![(Actor::System, C::ReleaseLoss(Release { card: id, verified: true, deputy: None }))]
        }
        Kind::ChangeReserved => vec![reserve()?],
        Kind::ChangeDecided => until_approved()?,
        Kind::Lock => {
            let (outlet, _) = other()?;
            let (application, came) = (ApplicationId(service.fresh()), clerk.presented(file));
            let n = usize::try_from(application.0.unsigned_abs() % 1_000_000_000_000)?;
            let purpose = Purpose::BankChange { old: id };
            let replace = *life::replace(application, n, purpose, outlet, service, came);
            let shown = counter::shown(file);
            let change = CarryOut { replace, verified: true, shown, risks_acknowledged: true };
            let mut all = until_approved()?;
            all.push((Actor::System, C::CarryOutBankChange(Box::new(change))));
            all
        }
        Kind::Unlock => match file.open_application().filter(|a| a.purpose.is_bank_change()) {
            Some(a) => vec![(Actor::System, C::Withdraw(Withdraw { application: a.id }))],
            None => vec![(Actor::System, C::CallOffBankChange(CallOff { lapsed: false }))],
        },
        Kind::Restrict => {
            let city = walk::officer(service, office(OrgKind::CityCentre)?).await?;
            let province = institutions.province_centre().context("no province centre")?;
            let province = walk::officer(service, province).await?;
            let case = CaseId(service.fresh());
            let ground = "《社会保险法》第八十八条（联调测试）".to_owned();
            vec![
                (city, C::ProposeRestriction(counter::restriction(id, case, ground))),
                (
                    province,
                    C::DecideRestriction(Decide { card: id, case, approved: true, why: String::new() }),
                ),
            ]
        }
        Kind::Unrestrict => {
            let open = card.restrictions.iter().find(|r| r.state == CaseState::InForce);
            let case = open.context("该卡没有生效的限制，请先发送 restrict")?.case;
            let city = walk::officer(service, office(OrgKind::CityCentre)?).await?;
            vec![(city, C::LiftRestriction(Lift { card: id, case, reason: "联调测试结束".into() }))]
        }
        Kind::Close => {
            let outlet = office(OrgKind::HrOutlet)?;
            let officer = walk::officer(service, outlet).await?;
            vec![(officer, C::Cancel(clerk.cancel(file, id, CancelReason::MovedOut, Some(outlet.id))))]
        }
        Kind::FeeOrder => {
            let outlet = office(OrgKind::HrOutlet)?;
            let officer = walk::officer(service, outlet).await?;
            let purpose = Purpose::Exchange { old: id, reason: ExchangeReason::Damaged { by_human: true } };
            let (application, came) = (ApplicationId(service.fresh()), clerk.presented(file));
            let n = usize::try_from(application.0.unsigned_abs() % 1_000_000_000_000)?;
            vec![(officer, C::Replace(life::replace(application, n, purpose, outlet.id, service, came)))]
        }
        Kind::OpenPreMade | Kind::AccountUnused | Kind::EcardIssue | Kind::SmsNotice => {
            bail!("{}", kind.made_by().unwrap_or_default())
        }
    })
}
