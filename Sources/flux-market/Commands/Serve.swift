import ArgumentParser

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "The API, its live stream and the desk's page, over HTTP; reads alone.",
    discussion: """
      flux-market serve
      flux-market serve --bind 0.0.0.0 --port 8443 --tls-certificate fullchain.pem --tls-key key.pem \\
        --api-tokens-file tokens
      flux-market serve --bind 10.0.0.5 --behind-proxy --api-tokens-file tokens

      http://127.0.0.1:8080/ is the page, /openapi.yaml says what else is answered. Any address but loopback takes
      tokens, and TLS here or in front of it. Without its database it answers 503, and goes on when it is back.
      """)

  @OptionGroup var api: APIOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let settings = try Settings()
    let logger = try settings.logger()
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    let server = try settings.apiServer(api, database, logger: logger)
    try await untilSignalled([server], logger: logger)
  }
}

/// Where the API is served.
struct APIOptions: ParsableArguments {
  @Option(help: "The port; 0 takes a free one and tells which.")
  var port = 8080
  @Option(help: ArgumentHelp("The address to listen on; 0.0.0.0 for all.", valueName: "address"))
  var bind = "127.0.0.1"
  @Flag(help: "Something in front of it does TLS: tokens are asked for, and a certificate is not.")
  var behindProxy = false

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("a port is a number from 0 to 65535: \(port)") }
  }

  /// Whether nothing was asked for that only a server can give.
  var isDefault: Bool { port == 8080 && bind == "127.0.0.1" && !behindProxy }
}
