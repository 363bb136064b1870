//! `kaguan sample`: a synthetic SBK2 zip.

use crate::data_dir::DataDir;
use anyhow::Context;
use clap::Args;
use kaguan_files::sample::{Sample, SampleSpec, make};
use kaguan_files::sbk2::{Encoding, Entry, FileName, write};
use kaguan_service::clock::TimeSource;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to make.
#[derive(Args)]
pub struct SampleArgs {
    /// 人数
    #[arg(long, default_value_t = 1000)]
    people: usize,
    /// 故意写错的行数
    #[arg(long, default_value_t = 0)]
    errors: usize,
    /// 输出目录
    #[arg(long)]
    out: PathBuf,
    /// 随机种子；同一种子生成同样的人
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 服务银行代码
    #[arg(long, default_value = "95588")]
    bank: String,
}

/// A sample for Guangzhou's centre, its cards collected at three outlets of the city.
pub fn of(people: usize, errors: usize, seed: u64, bank: &str, today: jiff::civil::Date) -> Sample {
    let name = FileName {
        bank: bank.into(),
        org: "44010000000001".into(),
        people,
        time: today.at(9, i8::try_from(seed / 60 % 60).unwrap_or(0), i8::try_from(seed % 60).unwrap_or(0), 0),
    };
    let outlets = [format!("440103{bank}001"), "44010600000101".to_owned(), "44010400000101".to_owned()];
    make(&SampleSpec {
        people,
        errors,
        seed,
        name,
        outlets: &outlets,
        employer: ("91440101SAMPLE0001", "广州样例制造有限公司"),
    })
}

/// Writes rows to a directory under the name that a file of so many rows has; returns its path.
pub fn save(dir: &Path, name: &FileName, entries: &[Entry]) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(dir)?;
    let name = FileName { people: entries.len(), ..name.clone() };
    let path = dir.join(format!("{}.zip", name.stem()));
    let file = File::create(&path).with_context(|| format!("不能写入 {}", path.display()))?;
    write(std::io::BufWriter::new(file), &name, entries, Encoding::Gb18030)?;
    Ok(path)
}

impl SampleArgs {
    /// Makes it.
    pub fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let sample = of(self.people, self.errors, self.seed, &self.bank, TimeSource::Machine.now().date());
        let path = save(&self.out, &sample.name, &sample.entries)?;
        if dir.json {
            let planted: Vec<_> = sample
                .planted
                .iter()
                .map(|p| serde_json::json!({ "row": p.row, "column": p.column, "code": p.code }))
                .collect();
            println!("{}", serde_json::json!({ "file": path, "people": self.people, "errors": planted }));
        } else {
            println!("{}（{}人，故意写错{}行）", path.display(), self.people, sample.planted.len());
        }
        Ok(ExitCode::SUCCESS)
    }
}
