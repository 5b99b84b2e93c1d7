//! `air issuer import`: the records of the vendor's service, from its database.

use air_issuer::{ImportOptions, ImportReport, RefusedRow, VendorDatabase, import};
use clap::Args;
use serde_json::{Value, json};

use super::ConfigArgs;
use crate::{
    database_text::DatabaseText,
    exit::Failure,
    output::{Output, done_mark, failed_mark},
    terminal::printable,
};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air issuer import --config issuer.toml --dry-run \\\n      \
                  --from postgres://reader@localhost/issuer\n\
                  \n\
                  Revocation nonces, status list entries, keys and the revocations of all tables are kept. Neither claims nor \
                  credentials are copied. Run it again to add what is new. It exits with 1 if a row was refused.\n\
                  \n\
                  The role of --from needs SELECT on the tables, and on the sequence of the ids.")]
pub(crate) struct Import {
    #[command(flatten)]
    config: ConfigArgs,
    /// The PostgreSQL database of the vendor's service, e.g. `postgres://reader@host/issuer`. It is only read. A password comes from
    /// the environment (AIR_IMPORT_FROM, PGPASSWORD) or ~/.pgpass.
    #[arg(
        long,
        value_name = "DATABASE_URL",
        env = "AIR_IMPORT_FROM",
        hide_env_values = true
    )]
    from: DatabaseText,
    /// Report the rows that would be imported, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let vendor = VendorDatabase::from_url(self.from.expose())?;
        let config = self.config.load()?;
        let options = ImportOptions {
            is_dry_run: self.dry_run,
            ..ImportOptions::default()
        };
        let report = import(&config, &vendor, &options).await?;
        if output.is_json() {
            output.document(&document(&report))?;
        } else {
            output.line(&render(&report))?;
        }
        warn(&report, output);
        match report.refused_count {
            0 => Ok(()),
            1 => Err(Failure::failed("1 row was refused; see above")),
            count => Err(Failure::failed(format!("{count} rows were refused; see above"))),
        }
    }
}

fn document(report: &ImportReport) -> Value {
    let refused = report.refused.iter().map(|row| {
        json!({ "table": row.table, "id": row.id, "code": row.reason.code(), "reason": row.reason.to_string() })
    });
    json!({
        "dryRun": report.is_dry_run,
        "rows": report.rows,
        "imported": report.imported,
        "alreadyImported": report.known,
        "revoked": report.revoked,
        "withoutStatus": report.without_status,
        "revokedNonces": report.revoked_nonces,
        "lists": report.lists,
        "unpublishedRevocations": report.unpublished_revocations,
        "iss": report.iss,
        "next": report.next.map(|(list, index)| json!({ "list": list, "index": index })),
        "missingGrant": report.missing_grant,
        "unpublishedKeys": report.unpublished_keys,
        "refused": report.refused_count,
        "refusedRows": refused.collect::<Vec<_>>(),
    })
}

fn render(report: &ImportReport) -> String {
    let imported = if report.is_dry_run {
        "would be imported"
    } else {
        "imported"
    };
    let counts = [
        ("rows read", report.rows),
        (imported, report.imported),
        ("already imported", report.known),
        ("revoked in this run", report.revoked),
        ("without a status list", report.without_status),
        ("revoked nonces without a row", report.revoked_nonces),
        ("status lists compared", report.lists),
        ("revocations not published yet", report.unpublished_revocations),
        ("refused", report.refused_count),
    ];
    let mut lines: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name:30} {count:>10}"))
        .collect();
    if let Some((list, index)) = report.next {
        let place = format!("{list}/{index}");
        lines.push(format!("next index {place:>30}"));
    }
    lines.extend(report.refused.iter().map(refusal));
    if report.refused_count == 0 {
        lines.push(format!("{} no row was refused", done_mark()));
    }
    lines.join("\n")
}

fn refusal(row: &RefusedRow) -> String {
    format!("{} {} {}: {}", failed_mark(), row.table, row.id, row.reason)
}

fn warn(report: &ImportReport, output: Output) {
    for warning in warnings(report) {
        output.note(&format!("warning: {warning}"));
    }
}

fn warnings(report: &ImportReport) -> Vec<String> {
    let grant = report.missing_grant.iter().map(|grant| {
        format!(
            "the role of --from can't read the sequence of the ids: the index of an open transaction of the vendor's \
             service may be issued again; run `{}` there, and the import again",
            printable(grant)
        )
    });
    let keys = report.unpublished_keys.iter().map(|key| {
        format!(
            "the key {} signed credentials and is not published; add it to PARTNER_JWKS, so that they remain valid",
            printable(key)
        )
    });
    grant.chain(keys).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> ImportReport {
        let mut report = ImportReport::default();
        report.rows = 12;
        report.imported = 11;
        report.next = Some((1, 4));
        report
    }

    #[test]
    fn counts_are_aligned_and_the_next_index_has_its_list() {
        let text = render(&report());
        let widths = text.lines().take(10).map(|line| line.chars().count());
        assert!(widths.clone().all(|width| width == 41), "{text}");
        assert!(text.starts_with("rows read   "), "{text}");
        assert!(
            text.contains("1/4") && text.contains("no row was refused"),
            "{text}"
        );
    }

    #[test]
    fn a_warning_has_the_missing_grant() {
        let mut report = report();
        assert!(warnings(&report).is_empty());
        report.missing_grant = Some("GRANT SELECT ON SEQUENCE ids TO reader".to_owned());
        report.unpublished_keys = vec!["vendor-1".to_owned()];
        let warnings = warnings(&report);
        assert!(
            warnings[0].contains("run `GRANT SELECT ON SEQUENCE ids TO reader` there"),
            "{warnings:?}"
        );
        assert!(warnings[1].contains("the key vendor-1"), "{warnings:?}");
        assert_eq!(
            document(&report)["missingGrant"],
            "GRANT SELECT ON SEQUENCE ids TO reader"
        );
    }

    #[test]
    fn a_dry_run_says_so() {
        let mut report = report();
        report.is_dry_run = true;
        assert!(render(&report).contains("would be imported"));
        let document = document(&report);
        assert_eq!(
            (&document["dryRun"], &document["imported"]),
            (&json!(true), &json!(11))
        );
        assert_eq!(document["next"], json!({ "list": 1, "index": 4 }));
    }
}
