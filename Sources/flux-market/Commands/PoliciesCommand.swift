import ArgumentParser
import Store

extension DatabaseCommand {
  struct PoliciesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "policies", abstract: "How long what is kept, and how: shows and changes it.",
      subcommands: [List.self, Set.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists every setting, and what the engine does with it.",
        discussion: "flux-market db policies --format csv")

      @OptionGroup var database: DatabaseOptions
      @OptionGroup var output: OutputOptions

      func run() async throws {
        let settings = try Settings()
        let policies = try await DatabaseAccess(settings, simulated: database.simulated).with {
          try await Policy.read(through: $0)
        }
        PoliciesCommand.print(policies, output, settings)
      }
    }

    struct Set: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes settings of a table.",
        discussion: """
          flux-market db policies set readings --keep '2 years'
          flux-market db policies set mg_meter_readings --compress-after '14 days' --chunk '1 day'
          flux-market db policies set readings --keep never

          By default everything is kept. On TimescaleDB its own jobs compress and drop, and the roll-ups outlive the
          readings they were made of; on PostgreSQL alone `flux-market db maintain` deletes, nothing is compressed, and
          the roll-ups of deleted readings go with them.
          """)

      @Argument(help: "mg_meter_readings, mg_bess_readings, market_data, or readings for the first two.")
      var table: String
      @Option(help: ArgumentHelp("The retention: rows older than this go; never keeps them.", valueName: "length"))
      var keep: String?
      @Option(help: ArgumentHelp("The age at which a chunk is compressed, or never.", valueName: "length"))
      var compressAfter: String?
      @Option(help: ArgumentHelp("How much time a chunk made from now on covers.", valueName: "length"))
      var chunk: String?
      @Flag(help: "Needed for --keep of market_data, which is every version of every value and of which nothing goes.")
      var dropMarketData = false
      @OptionGroup var database: DatabaseOptions
      @OptionGroup var output: OutputOptions

      func validate() throws {
        guard keep != nil || compressAfter != nil || chunk != nil else {
          throw ValidationError("say what to set: --keep, --compress-after or --chunk, each with a length of time")
        }
        let keepsAll = ["never", "off", "forever"].contains(keep?.lowercased() ?? "never")
        if table == "market_data", let keep, !keepsAll, !dropMarketData {
          throw ValidationError(
            "market_data would lose what is older than \(keep), for good: if that is wanted, add --drop-market-data")
        }
      }

      func run() async throws {
        let settings = try Settings()
        let values: [(setting: Policy.Setting, value: String)] = [
          (.chunk, chunk), (.compressAfter, compressAfter), (.keep, keep),
        ].compactMap { setting, value in value.map { (setting, $0) } }
        let table = table
        let policies = try await DatabaseAccess(settings, simulated: database.simulated).with { connection in
          try await Policy.set(values, of: table, through: connection)
          return try await Policy.read(through: connection)
        }
        let named = Swift.Set(values.map(\.setting.rawValue))
        PoliciesCommand.print(
          policies.filter { policy in
            let isOfTable = policy.table == table || (table == "readings" && policy.table.hasPrefix("mg_"))
            return isOfTable && named.contains(policy.setting)
          }, output, settings)
      }
    }

    private static func print(_ policies: [Policy], _ output: OutputOptions, _ settings: Settings) {
      var rows = RowWriter(
        ["table", "setting", "value", "done_by", "meaning"], options: output, london: settings.london)
      for policy in policies {
        // In the words of this program, whose command calls the function.
        let doneBy = policy.doneBy == "flux_ops.maintain()" ? "`flux-market db maintain`" : policy.doneBy
        rows.write([policy.table, policy.setting, policy.value, doneBy, policy.meaning].map { Cell.text($0) })
      }
      rows.finish(none: "none")
    }
  }
}
