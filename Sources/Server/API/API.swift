import HTTPTypes
import Hummingbird
import Logging
import Market
import NIOCore
import Postgres

/// What is answered on which path. The contract is api/openapi.yaml.
struct API: Sendable {
  /// Everything is read.
  static let methods = "GET, HEAD, OPTIONS"

  let pool: ConnectionPool
  let live: LiveFeed
  let latestAnswers: LatestAnswers
  let page: PageFiles
  let london: LondonClock
  /// All values are made up.
  let isSimulated: Bool
  let limits: APILimits
  let logger: Logger
  /// This machine's; what is said of data goes by the database's.
  let clock: @Sendable () -> Instant

  /// - Parameter access: who is answered.
  func router(_ access: Access) -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: Manners(logger: logger))
    router.add(middleware: access)
    router.get("/v1/signals", use: signals)
    router.get("/v1/latest", use: latest)
    router.get("/v1/observations", use: observations)
    router.get("/v1/gaps", use: gaps)
    router.get("/v1/revisions", use: revisions)
    router.get("/v1/updates", use: updates)
    router.get("/v1/status", use: status)
    router.get("/v1/devices", use: devices)
    router.get("/v1/readings", use: readings)
    router.get("/v1/stream", use: stream)
    router.get("/openapi.yaml", use: page.document)
    router.get("/", use: page.index)
    router.get("/:name", use: page.file)
    router.get("/:name/:inner", use: page.file)
    return router
  }

  /// A whole document, made in one go.
  func document(_ write: (inout JSONText) throws -> Void) rethrows -> Response {
    var json = JSONText(capacity: 4_096)
    try json.object(write)
    json.endLine()
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: json.buffer))
  }
}

/// What the server bounds, so that nobody can take all of it.
package struct APILimits: Sendable {
  /// Open at once, streams among them; the next wait until one is closed.
  package var connections = 2_000
  package var streams = 1_500
  /// To the database, beside the one that listens.
  package var databaseConnections = 6
  package var statement = Duration.seconds(20)
  /// Between two reads while a request is not here in full, or until the next begins.
  package var silence = Duration.seconds(10)
  /// From a request's first line to its end.
  package var request = Duration.seconds(10)
  /// Of a header in all, and of a body that nobody reads.
  package var headerBytes = 16_384
  package var bodyBytes = 65_536
  /// How long a client may leave a piece of an answer unread while a connection of the database waits.
  package var unread = Duration.seconds(30)
  /// Events that a stream's client may be behind.
  package var streamBacklog = 512
  package var heartbeat = Duration.seconds(15)
  /// How long an answer to `/v1/latest` serves others while nothing is committed.
  package var latestKept = Duration.milliseconds(250)

  package init() {}
}

/// What comes with a request: Hummingbird's own, and the connection, to be closed where its client does not keep up.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}
