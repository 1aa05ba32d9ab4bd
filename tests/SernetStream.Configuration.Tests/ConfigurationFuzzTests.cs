using System.Text;
using SernetStream.Testing;

namespace SernetStream.Configuration.Tests;

/// <summary>Each of ten thousand damaged configuration files is refused with sentences or accepted.</summary>
[Trait("Category", "slow")]
public sealed class ConfigurationFuzzTests : IDisposable
{
    private const int Files = 10_000;
    private const int Seed = 20261121;

    /// <summary>One line that is a sentence, without the name or trace of an exception.</summary>
    private const string Sentence = @"^(?!.*(Exception|   at ))[^\n]+[.?)]$";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_damaged_file_is_a_sentence_or_a_start()
    {
        var random = new Random(Seed);
        var whole = DamagedConfiguration.Whole();
        var path = _folder.PathOf("sernetd.yaml");
        var (started, refused) = (0, 0);
        for (var i = 0; i < Files; i++)
        {
            var damaged = DamagedConfiguration.Damage(whole, random);
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
                Assert.All(error.Problems, problem => Assert.Matches(Sentence, problem));
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"file {i} of seed {Seed}: {error}\n{Encoding.UTF8.GetString(damaged)}");
            }
        }

        // Both must happen often, or the damage is too small or too large for a useful test.
        Assert.InRange(started, Files / 50, Files);
        Assert.InRange(refused, Files / 50, Files);
    }
}
