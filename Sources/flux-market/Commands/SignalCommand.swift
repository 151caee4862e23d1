import ArgumentParser
import Market
import Store

extension DatabaseCommand {
  struct SignalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "signal", abstract: "The signals that the database knows.", subcommands: [List.self, Add.self])

    struct List: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the signals.", discussion: "flux-market db signal list --format csv")

      @OptionGroup var database: DatabaseOptions
      @OptionGroup var output: OutputOptions

      func run() async throws {
        let settings = try Settings()
        let table = try await DatabaseAccess(settings, simulated: database.simulated).with {
          try await SignalTable.read(through: $0)
        }
        var rows = RowWriter(["id", "name", "unit", "description"], options: output, london: settings.london)
        for entry in table.entries {
          rows.write([
            .integer(Int(entry.signal.id)), .text(entry.signal.name), .text(entry.signal.unit.description),
            Cell(entry.description),
          ])
        }
        rows.finish(none: "none")
      }
    }

    struct Add: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Registers a signal of your own; ids begin at \(Signal.firstRegisteredID).",
        discussion: "flux-market db signal add agile_rate --unit p/kWh --description 'Octopus Agile, region C'")

      @Argument(help: "Lower case, digits and underscores.")
      var name: String
      @Option(help: "The unit of its values, such as £/MWh.")
      var unit: String
      @Option(help: "What it measures, for people.")
      var description: String
      @OptionGroup var database: DatabaseOptions

      func validate() throws {
        guard !name.isEmpty, name.first?.isLetter == true,
          name.allSatisfy({ ($0.isLowercase && $0.isASCII) || ($0.isNumber && $0.isASCII) || $0 == "_" })
        else { throw ValidationError("a signal's name is lower case letters, digits and underscores: \(name)") }
      }

      func run() async throws {
        let settings = try Settings()
        let (name, unit, description) = (name, unit, description)
        let signal = try await DatabaseAccess(settings, simulated: database.simulated).with {
          try await SignalTable.add(name: name, unit: unit, description: description, through: $0)
        }
        say("\(signal.name) is signal \(signal.id)")
      }
    }
  }
}
