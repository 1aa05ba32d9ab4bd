using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>A machine on which something that sernetd needs is not installed: a sentence names the package, and the exit code says so.</summary>
public sealed class MissingLibraryTests : IDisposable
{
    private const int Missing = 5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("libsndfile.so.1", "sudo apt install libsndfile1", "--device", "file:")]
    [InlineData("libsndfile.so.1", "sudo apt install libsndfile1", "classify", "")]
    [InlineData("libportaudio.so.2", "sudo apt install libportaudio2", "--device", "hw:0")]
    public async Task Without_a_library_it_says_which_package_to_install(string library, string sentence, string command, string prefix)
    {
        // Found before the real one, and no library.
        _folder.Write(library, "");
        var environment = new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = _folder.FullPath };
        var argument = prefix.StartsWith("hw:", StringComparison.Ordinal) ? prefix : prefix + Sernetd.SpokenSample;
        Sernetd.AssertRefused(await Sernetd.RunAsync([command, argument], environment), Missing, sentence);
    }
}
