//! `kaguan blanks`: pre-made cards 预制卡, from the order to the daily count.

use crate::control::OrderBlanks;
use crate::data_dir::DataDir;
use crate::open;
use crate::server_line::ServerLine;
use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use kaguan_domain::facts::blank::BlankState;
use kaguan_domain::facts::blank_order::{BlankOrder, BlankOrderFile, StockShip, StockTakeIn};
use kaguan_domain::facts::difference::{Answers, Settled, Short, Surplus};
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::ids::{BankCode, BlankId, BlankOrderId, CityCode, OrgId, VendorCode};
use kaguan_domain::instant::{BlankCommand, BlankOrderCommand, Spoil, order_items};
use kaguan_service::Command;
use kaguan_store::{OrdersAsked, Store};
use kaguan_web::papers::{Printing, order_form};
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do.
#[derive(Args)]
pub struct Blanks {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 预制卡申请（附件5）：一家银行、一家卡商，打印申请表
    Order {
        /// 地市代码，四位
        #[arg(long)]
        city: String,
        /// 服务银行，五位
        #[arg(long)]
        bank: String,
        /// 卡制作厂商代码
        #[arg(long)]
        vendor: String,
        /// 数量
        #[arg(long)]
        quantity: u32,
        /// 备注
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 省中心生成预制卡数据
    Generate {
        /// 预制卡申请编号
        order: i64,
    },
    /// 省中心不予生成
    Decline {
        /// 预制卡申请编号
        order: i64,
        /// 原因
        #[arg(long)]
        reason: String,
    },
    /// 列出预制卡申请及各箱所在、最近一次盘点
    List,
    /// 打印预制卡申请表（附件5）
    Form {
        /// 预制卡申请编号
        order: i64,
        /// 存为 PDF 文件；缺省为输出文字
        #[arg(long)]
        pdf: Option<PathBuf>,
    },
    /// 出库：一箱寄往市内网点，或退回市中心
    Ship {
        /// 预制卡申请编号
        order: i64,
        /// 装箱位置
        r#box: String,
        /// 寄达机构代码，十四位
        #[arg(long)]
        to: String,
        /// 责任人
        #[arg(long)]
        responsible: String,
        /// 单号；自行押运等没有单号的可不填
        #[arg(long, default_value = "")]
        tracking: String,
        /// 发放方式，如自行押运、快递
        #[arg(long, default_value = "")]
        manner: String,
    },
    /// 入库：清点并签收一箱
    TakeIn {
        /// 预制卡申请编号
        order: i64,
        /// 装箱位置
        r#box: String,
        /// 签收机构代码，十四位
        #[arg(long)]
        org: String,
        /// 清点张数
        #[arg(long)]
        counted: i64,
        /// 签收人
        #[arg(long)]
        signer: String,
        /// 保管地点
        #[arg(long)]
        kept_at: String,
        /// 短少张数
        #[arg(long, default_value_t = 0)]
        short: i64,
        /// 短少由寄出方负责；缺省由签收方负责
        #[arg(long)]
        sender_answers: bool,
        /// 多出的社保卡卡号，可多次
        #[arg(long)]
        surplus: Vec<String>,
        /// 短少或多出的情况说明
        #[arg(long, default_value = "")]
        account: String,
    },
    /// 清点差异处理：短少的卡已找到，或多出的卡已转交
    Settle {
        /// 预制卡申请编号
        order: i64,
        /// 装箱位置
        r#box: String,
        /// 短少张数
        #[arg(long, default_value_t = 0)]
        short: i64,
        /// 已转交的多出卡卡号
        #[arg(long)]
        surplus: Option<String>,
        /// 处理结果
        #[arg(long)]
        account: String,
    },
    /// 盘点一箱
    Count {
        /// 预制卡申请编号
        order: i64,
        /// 装箱位置
        r#box: String,
        /// 保管机构代码，十四位
        #[arg(long)]
        org: String,
        /// 清点张数
        #[arg(long)]
        counted: i64,
    },
    /// 作废一张在库预制卡
    Spoil {
        /// 预制卡，形如 申请编号-序号
        blank: String,
        /// 保管机构代码，十四位
        #[arg(long)]
        org: String,
        /// 原因
        #[arg(long)]
        reason: String,
        /// 清点时缺失；属于签收时登记的短少的，由保管机构经办人在“出入库与盘点”的清点差异中登记
        #[arg(long)]
        missing: bool,
    },
}

fn form(order: &BlankOrder) -> String {
    let lines = order_items(order).into_iter().map(|(title, text)| format!("　{title}：{text}\n"));
    format!("广东省社会保障卡预制卡申请表\n{}", lines.collect::<String>())
}

fn org(institutions: &Institutions, code: &str) -> anyhow::Result<OrgId> {
    institutions.org_by_code(code).map(|o| o.id).with_context(|| format!("没有代码为{code}的机构"))
}

async fn load(store: &Store, id: i64) -> anyhow::Result<BlankOrderFile> {
    let found = store.counted_order(BlankOrderId(id)).await?;
    found.with_context(|| format!("没有编号为{id}的预制卡申请"))
}

async fn give(dir: &DataDir, command: Command) -> anyhow::Result<i64> {
    ServerLine::with(dir, "blanks", async |line| line.execute(command).await).await
}

async fn about(dir: &DataDir, id: i64, command: BlankOrderCommand) -> anyhow::Result<()> {
    give(dir, Command::BlankOrder { id: BlankOrderId(id), command }).await?;
    Ok(())
}

/// Why a card was not recorded as missing: where its box was signed for with a shortage that is open, the officer who keeps it says of which
/// receipt the card is, and nobody here can.
async fn of_a_shortage(store: &Store, id: BlankId, why: anyhow::Error) -> anyhow::Result<anyhow::Error> {
    let card = store.blanks_after(id.order, None, id.n.saturating_sub(1), 1).await?.pop();
    let Some(BlankState::Made { made, .. }) = card.filter(|c| c.id == id).map(|c| c.state) else {
        return Ok(why);
    };
    let file = load(store, id.order.0).await?;
    let differences = file.box_of(&made.r#box).map_or(&[][..], |b| b.differences.as_slice());
    let short = differences.iter().filter(|d| d.short > 0);
    let receipts: Vec<_> = short.map(|d| format!("{}签收短少{}张", d.at.local(), d.short)).collect();
    if receipts.is_empty() {
        return Ok(why);
    }
    Ok(anyhow!(
        "{why}\n该箱{}。缺失的卡须注明属于哪一次签收的短少，由签收时登记的责任方负责，命令行不能注明，没有登记：请由保管机构的经办人在“出入库与盘点”打开该箱，在“清点差异”中登记缺失",
        receipts.join("、")
    ))
}

fn lines(file: &BlankOrderFile, institutions: &Institutions) -> Option<String> {
    use kaguan_domain::facts::custody::Party;
    let o = file.order.as_ref()?;
    let mut out = format!(
        "{}　{}　{}　{}　卡商{}　{}张　{}\n",
        file.id,
        o.number,
        o.city.as_str(),
        o.bank.name(),
        o.vendor.as_str(),
        o.quantity,
        o.now()
    );
    for b in &o.boxes {
        let name = |id| institutions.org(id).map_or(String::new(), |o| o.name.clone());
        let keeper = match &b.keeper {
            Party::Org(id) => name(*id),
            _ => "卡商".into(),
        };
        let way = b.on_the_way.as_ref().map_or(String::new(), |w| format!("，寄往{}途中", name(w.to)));
        let counted = b
            .counted
            .map_or("未盘点".to_owned(), |c| format!("{}盘点{}张，应有{}张", c.on, c.cards, c.expected));
        let (number, inside) = (&b.number, file.inside(&b.number));
        out.push_str(&format!("　箱{number}　在库{inside}张　{keeper}{way}　{counted}\n"));
    }
    Some(out)
}

impl Blanks {
    /// Does it.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        // What is asked for is read first: a running server goes on, and nothing is taken over for a question that is wrong.
        let store = open::read(dir).await?;
        let institutions = open::institutions(&store).await?;
        match &self.what {
            What::List => {
                for file in store.blank_orders(OrdersAsked::default(), 10_000).await? {
                    let file = load(&store, file.id.0).await?;
                    print!("{}", lines(&file, &institutions).unwrap_or_default());
                }
            }
            What::Form { order, pdf } => {
                let file = load(&store, *order).await?;
                match (&file.order, pdf) {
                    (Some(order), Some(path)) => {
                        let bytes = order_form(order).pdf(&Printing::default())?;
                        std::fs::write(path, bytes)
                            .with_context(|| format!("不能写入 {}", path.display()))?;
                        println!("已存为 {}", path.display());
                    }
                    (order, _) => print!("{}", order.as_ref().map(form).unwrap_or_default()),
                }
            }
            What::Order { city, bank, vendor, quantity, note } => {
                let ask = OrderBlanks {
                    city: CityCode(city.clone()),
                    bank: BankCode(bank.clone()),
                    vendor: VendorCode(vendor.clone()),
                    quantity: *quantity,
                    note: note.clone(),
                };
                let id = ServerLine::with(dir, "blanks", async |line| line.order_blanks(&ask).await).await?;
                let file = load(&store, id).await?;
                println!("预制卡申请编号 {id}");
                print!("{}", file.order.as_ref().map(form).unwrap_or_default());
            }
            What::Generate { order } => {
                ServerLine::with(dir, "blanks", async |line| line.generate_blanks(*order).await).await?;
                println!("已生成数据，银行可提取");
            }
            What::Decline { order, reason } => {
                about(dir, *order, BlankOrderCommand::Decline { reason: reason.clone() }).await?;
                println!("已登记不予生成");
            }
            What::Ship { order, r#box, to, responsible, tracking, manner } => {
                let ship = StockShip {
                    r#box: r#box.clone(),
                    to: org(&institutions, to)?,
                    responsible: responsible.clone(),
                    tracking: tracking.clone(),
                    manner: manner.clone(),
                };
                about(dir, *order, BlankOrderCommand::Ship(ship)).await?;
                println!("已出库，待对方签收");
            }
            What::TakeIn {
                order,
                r#box,
                org: code,
                counted,
                signer,
                kept_at,
                short,
                sender_answers,
                surplus,
                account,
            } => {
                let answers = if *sender_answers { Answers::Sender } else { Answers::Receiver };
                let one = |card_no: &String| Surplus { card_no: card_no.clone(), account: account.clone() };
                let take_in = StockTakeIn {
                    kept_at: kept_at.clone(),
                    short: (*short != 0).then(|| Short { cards: *short, answers, account: account.clone() }),
                    surplus: surplus.iter().map(one).collect(),
                    r#box: r#box.clone(),
                    org: org(&institutions, code)?,
                    counted: *counted,
                    signer: signer.clone(),
                };
                about(dir, *order, BlankOrderCommand::TakeIn(take_in)).await?;
                println!("已入库");
            }
            What::Settle { order, r#box, short, surplus, account } => {
                let settled = match surplus {
                    Some(card_no) => Settled::Surplus { card_no: card_no.clone() },
                    None => Settled::Short { cards: *short, at: None },
                };
                let (r#box, account) = (r#box.clone(), account.clone());
                about(dir, *order, BlankOrderCommand::SettleDifference { r#box, settled, account }).await?;
                println!("已登记清点差异处理");
            }
            What::Count { order, r#box, org: code, counted } => {
                let org = org(&institutions, code)?;
                let command =
                    BlankOrderCommand::Count { r#box: r#box.clone(), org, counted: *counted, foreign: 0 };
                about(dir, *order, command).await?;
                let expected = load(&store, *order).await?.inside(r#box);
                println!("已登记盘点：{counted}张，应有{expected}张");
            }
            What::Spoil { blank, org: code, reason, missing } => {
                let id: BlankId = blank.parse().map_err(|()| anyhow!("预制卡应写作 申请编号-序号"))?;
                let (org, reason) = (org(&institutions, code)?, reason.clone());
                let command = BlankCommand::Spoil(Spoil { org, reason, missing: *missing, counted_at: None });
                match give(dir, Command::Blank { id, command }).await {
                    Ok(_) if *missing => println!("已登记缺失，不得再次使用"),
                    Ok(_) => println!("已作废，不得再次使用"),
                    Err(why) if *missing => return Err(of_a_shortage(&store, id, why).await?),
                    Err(why) => return Err(why),
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
