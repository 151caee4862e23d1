import Foundation
import Support
import Testing

extension Commands {
  @Suite struct `serve` {
    @Test func `It answers until SIGTERM, alone and inside the collector`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        for command in ["serve", "collect --only elexon-system-price --health off --serve"] {
          let outcome = try await stage.shell(
            """
            : >"$HOME/serve.log" >"$HOME/events"
            "$flux" \(command) --port 0 --log-format text 2>"$HOME/serve.log" &
            for _ in $(seq 1200); do
              url=$(sed -n 's|.*the API are on \\(http://[^ ]*/\\).*|\\1|p' "$HOME/serve.log")
              [ -n "$url" ] && break
              sleep 0.1
            done
            curl -sf "${url}v1/signals" | grep -o '"signal":"niv_settled"'
            # A stream is no reason to stay.
            curl -sN "${url}v1/stream" >"$HOME/events" &
            for _ in $(seq 1200); do grep -qx "event: hello" "$HOME/events" && break; sleep 0.1; done
            kill -TERM %1
            wait %1
            echo "status $?"
            """, changes: ["FLUX_DATABASE_URL": database.url])
          #expect(outcome.output == "\"signal\":\"niv_settled\"\nstatus 0\n", "\(command): \(outcome.errors)")
        }
      }
    }

    @Test func `What others could read unasked or unseen is not served`() async throws {
      let stage = try await Stage.shared()
      let changes: [String: String?] = ["FLUX_DATABASE_URL": "postgres://a@127.0.0.1:9/flux"]
      let open = try await stage.run("serve", "--bind", "0.0.0.0", changes: changes)
      #expect(open.status == 78 && open.errors.contains("FLUX_API_TOKENS_FILE"), "\(open.errors)")
      let tokens = stage.folder + "/tokens"
      let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      try digest.write(toFile: tokens, atomically: true, encoding: .utf8)
      let clear = try await stage.run("serve", "--bind", "0.0.0.0", "--api-tokens-file", tokens, changes: changes)
      #expect(clear.status == 78 && clear.errors.contains("FLUX_TLS_CERTIFICATE"), "\(clear.errors)")
      let half = try await stage.run("serve", "--tls-key", "key.pem", changes: changes)
      #expect(half.status == 78 && half.errors.contains("tls-certificate"), "\(half.errors)")
      let origin = try await stage.run("serve", "--api-origins", "desk.example", changes: changes)
      #expect(origin.status == 78 && origin.errors.contains("https://desk.example"), "\(origin.errors)")
      #expect(try await stage.run("collect", "--once", "--serve").status == 64)
      #expect(try await stage.run("collect", "--port", "1").status == 64)
    }
  }
}
