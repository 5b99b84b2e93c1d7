//! The example as it runs on one machine: a database, two instances, and nginx with TLS.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use reqwest::{Certificate, Client, redirect};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, postgres::PgConnectOptions};

use super::{ADMIN_KEY, API_KEY, PATIENCE, until};
use crate::support::{TestEnv, port::ReservedPort, server::Server};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/issuer-behind-nginx");
/// The host of the example.
const HOST: &str = "issuer.example";
/// The addresses of the instances in the example.
const ADDRESSES: [&str; 2] = ["10.0.0.11", "10.0.0.12"];
/// Where systemd has the secrets of an instance.
const SECRETS: &str = "/run/credentials/air-issuer.service/secret_";

pub(super) struct Deployment {
    pub(super) instances: [Instance; 2],
    /// The origin behind which the instances are.
    pub(super) url: String,
    /// The origin without TLS.
    pub(super) plain_url: String,
    /// It trusts the certificate of the origin, and connects to nginx.
    pub(super) client: Client,
    _nginx: Nginx,
    _reserved: [ReservedPort; 4],
}

impl Deployment {
    pub(super) async fn start(env: &TestEnv, dstorage: &str) -> Self {
        for key in ["tokens", "credentials", "status-lists"] {
            let file = format!("{key}.pem");
            env.air(&["keys", "generate", "--out", &file]).succeeded();
        }
        let database = new_database().await;
        let reserved = [(); 4].map(|()| ReservedPort::new());
        let [first, second, tls, plain] = reserved.each_ref().map(ReservedPort::number);
        let instances = [(1, first), (2, second)]
            .map(|(number, port)| Instance::new(env, number, port, dstorage, &database));
        let certificate = write_certificate(env);
        let nginx = Nginx::start(env, [first, second], tls, plain);
        let client = Client::builder()
            .tls_certs_only([Certificate::from_pem(certificate.as_bytes()).unwrap()])
            .resolve(HOST, SocketAddr::from(([127, 0, 0, 1], tls)))
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .no_proxy()
            .build()
            .unwrap();
        Self {
            instances,
            url: format!("https://{HOST}:{tls}"),
            plain_url: format!("http://{HOST}:{plain}"),
            client,
            _nginx: nginx,
            _reserved: reserved,
        }
    }
}

/// An instance, which can be started again at its address.
pub(super) struct Instance {
    folder: PathBuf,
    port: u16,
    database: String,
    /// `None` while it is stopped.
    server: Option<Server>,
}

impl Instance {
    /// Starts an instance with its file of the example.
    fn new(env: &TestEnv, number: usize, port: u16, dstorage: &str, database: &str) -> Self {
        let folder = env.path(&format!("instance-{number}"));
        fs::create_dir(&folder).unwrap();
        for file in ["member.json", "members.csv"] {
            fs::write(folder.join(file), example(file)).unwrap();
        }
        let address = ADDRESSES[number - 1];
        let toml = example(&format!("issuer-{number}.toml"));
        let toml = replace(&toml, &format!("\"{address}:9100\""), "\"127.0.0.1:0\"");
        let toml = replace(&toml, &format!("\"{address}\""), "\"127.0.0.1\"");
        let toml = replace(&toml, "port = 3000", &format!("port = {port}"));
        let toml = replace(&toml, "\"10.0.0.10\"", "\"127.0.0.1\"");
        // The load does not pause.
        let toml = replace(&toml, "rate-limit = 500", "rate-limit = 1000000");
        let toml = replace(&toml, "https://api.sandbox.mocachain.org", dstorage);
        let toml = replace(&toml, SECRETS, &format!("{}/", env.path("").display()));
        fs::write(folder.join("issuer.toml"), toml).unwrap();
        let mut instance = Self {
            folder,
            port,
            database: database.to_owned(),
            server: None,
        };
        instance.start();
        instance
    }

    pub(super) fn start(&mut self) {
        let serve = ["issuer", "serve", "--config", "issuer.toml"];
        let variables = [
            ("DATABASE_URL", self.database.as_str()),
            ("API_KEY", API_KEY),
            ("ADMIN_API_KEY", ADMIN_KEY),
        ];
        self.server = Some(Server::start_with_env(&self.folder, &serve, &variables));
    }

    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub(super) fn metrics_url(&self) -> &str {
        let server = self.server.as_ref().expect("the instance runs");
        server.ready["metricsUrl"].as_str().unwrap()
    }

    /// The process, for its end.
    pub(super) fn take(&mut self) -> Server {
        self.server.take().expect("the instance runs")
    }
}

/// nginx with the example's configuration, until it is dropped.
struct Nginx(Child);

impl Nginx {
    fn start(env: &TestEnv, instances: [u16; 2], tls: u16, plain: u16) -> Self {
        let folder = env.path("nginx");
        fs::create_dir(&folder).unwrap();
        // Some machines have no IPv6.
        let site: String = example("nginx.conf")
            .lines()
            .filter(|line| !line.contains("listen [::]"))
            .flat_map(|line| [line, "\n"])
            .collect();
        let site = replace(&site, "listen 80;", &format!("listen 127.0.0.1:{plain};"));
        let site = replace(&site, "listen 443 ssl;", &format!("listen 127.0.0.1:{tls} ssl;"));
        let site = ADDRESSES
            .iter()
            .zip(instances)
            .fold(site, |site, (address, port)| {
                replace(&site, &format!("{address}:3000"), &format!("127.0.0.1:{port}"))
            });
        // The load does not pause.
        let site = ["rate=100r/s", "rate=500r/s"]
            .iter()
            .fold(site, |site, rate| replace(&site, rate, "rate=100000r/s"));
        let path = |name: &str| env.path(name).display().to_string();
        let site = replace(&site, "/etc/ssl/issuer.example.pem", &path("tls.pem"));
        let site = replace(&site, "/etc/ssl/private/issuer.example.key", &path("tls.key"));
        let site = replace(&site, "/var/log/nginx/issuer.log", &path("nginx/access.log"));
        let site = replace(&site, "/var/log/nginx/error.log", &path("nginx/error.log"));
        fs::write(folder.join("issuer.conf"), site).unwrap();
        let nginx = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("    {name}_temp_path {nginx}/{name};\n"))
            .concat();
        let main = format!(
            "daemon off;\nworker_processes 2;\npid {nginx}/nginx.pid;\nerror_log {nginx}/error.log warn;\nevents {{}}\n\
             http {{\n{temporary}    include {nginx}/issuer.conf;\n}}\n"
        );
        fs::write(folder.join("nginx.conf"), main).unwrap();
        // Debian has it where only root's PATH leads.
        let debian = Path::new("/usr/sbin/nginx");
        let program = if debian.exists() {
            debian
        } else {
            Path::new("nginx")
        };
        let process = Command::new(program)
            .args(["-p", &format!("{nginx}/"), "-c", "nginx.conf", "-e", "error.log"])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx is installed");
        let started = Self(process);
        until("nginx listens", || TcpStream::connect(("127.0.0.1", tls)).is_ok());
        started
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // A killed process would leave its workers behind.
        let ended = Command::new("kill")
            .args(["-TERM", &self.0.id().to_string()])
            .status();
        if !ended.is_ok_and(|status| status.success()) {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// A file of the example.
pub(super) fn example(name: &str) -> String {
    let path = Path::new(EXAMPLE).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Replaces a text that the example must have.
fn replace(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the example lacks `{from}`");
    text.replace(from, to)
}

/// Writes a certificate for the host and its key, and returns the certificate in PEM.
fn write_certificate(env: &TestEnv) -> String {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
    env.write("tls.pem", cert.pem());
    env.write("tls.key", signing_key.serialize_pem());
    cert.pem()
}

/// A new database of the server that `AIR_TEST_DATABASE` names.
async fn new_database() -> String {
    let server = std::env::var("AIR_TEST_DATABASE").expect("AIR_TEST_DATABASE names a server");
    let name = format!("air_issuer_{:032x}", rand::random::<u128>());
    let options: PgConnectOptions = server.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    url.to_string()
}
