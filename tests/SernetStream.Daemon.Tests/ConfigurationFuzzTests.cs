using System.Text;
using SernetStream.Daemon.Configuration;
using SernetStream.Daemon.Hosting;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

/// <summary>Ten thousand damaged configuration files: each is refused with sentences, or can be started with.</summary>
public sealed class ConfigurationFuzzTests : IDisposable
{
    private const int Files = 10_000;
    private const int Seed = 20261121;

    private static readonly byte[][] Scraps =
    [
        .. new[]
        {
            "[", "]", "{", "}", ":", ": ", "#", "&a", "*a", "!t", "- ", "? ", "|", ">", "'", "\"", "\\", "\n", "\t", "---\n", "...\n",
            "%YAML 9.9\n", "null", "~", "-1", "1e999", ".inf", ".nan", "0x10", "true", "\u0000", "\u2028", "\uFEFF", "  ", "<<: ",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xED, 0xA0, 0x80],
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_damaged_file_is_a_sentence_or_a_start()
    {
        var random = new Random(Seed);
        var whole = Encoding.UTF8.GetBytes(Whole());
        var path = _folder.PathOf("sernetd.yaml");
        var (started, refused) = (0, 0);
        for (var i = 0; i < Files; i++)
        {
            var damaged = Damage(whole, random);
            File.WriteAllBytes(path, damaged);
            try
            {
                var values = SettingsLoader.Load(new CommandLineSettings(path, [], []), new Dictionary<string, string>());
                values.Pipeline().Validate();
                values.Mqtt();
                started++;
            }
            catch (ConfigurationException error)
            {
                Assert.NotEmpty(error.Problems);
                Assert.All(error.Problems, problem => Assert.EndsWith(".", problem.TrimEnd('?', ')').TrimEnd('.') + ".", StringComparison.Ordinal));
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"file {i} of seed {Seed}: {error}\n{Encoding.UTF8.GetString(damaged)}");
            }
        }

        // Both happen often, or the damage is too small or too great to show anything.
        Assert.InRange(started, Files / 50, Files);
        Assert.InRange(refused, Files / 50, Files);
    }

    private static string Whole() => string.Join('\n', File.ReadLines(Repository.PathOf("configs", "sernetd.yaml"))
        .Select(line => line.TrimStart() is ['#', not ' ', ..] ? line.Replace("#", "", StringComparison.Ordinal) : line)
        .Where(line => !line.TrimStart().StartsWith('#')));

    private static byte[] Damage(byte[] whole, Random random)
    {
        var bytes = whole.ToList();
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.InsertRange(at, Scraps[random.Next(Scraps.Length)]);
                    break;
                case 4 when random.Next(10) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes[at] = (byte)('0' + random.Next(10));
                    break;
            }

            if (bytes.Count == 0)
            {
                break;
            }
        }

        return [.. bytes];
    }
}
