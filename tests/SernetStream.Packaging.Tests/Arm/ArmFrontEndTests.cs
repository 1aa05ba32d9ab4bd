using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Arm;

/// <summary>The front end as native Arm code, with vectors of 128 bits, against the golden files from NumPy.</summary>
public sealed class ArmFrontEndTests : IDisposable
{
    private static readonly Board[] Boards = [Board.Pi3, Board.Pi4, Board.Pi5];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact(EmulatedPi.Emulator, EmulatedPi.Compiler, "ld.lld")]
    public async Task It_is_as_exact_on_every_board()
    {
        var published = await ChildProcess.RunAsync(
            "dotnet",
            [
                "publish", Repository.PathOf("packaging", "check", "golden-front-end"), "-c", "Release", "-r", "linux-arm64", "-v", "quiet",
                "-p:LinkerFlavor=lld", "-p:ObjCopyName=aarch64-linux-gnu-objcopy",
                "--artifacts-path", _folder.PathOf("artifacts"), "-o", _folder.PathOf("program"),
            ],
            patience: TimeSpan.FromMinutes(10));
        Assert.True(published.ExitCode == 0, published.Output);

        foreach (var board in Boards)
        {
            using var pi = new EmulatedPi(board);
            var result = await pi.RunAsync(
                Path.Combine(_folder.PathOf("program"), "GoldenFrontEnd"), [Repository.PathOf("tests", "golden", "front-end")], default);
            Assert.True(result.ExitCode == 0, $"{board.Cpu}: {result.Errors}");
            Assert.EndsWith("vectors of 128 bits", result.Output.Trim(), StringComparison.Ordinal);
        }
    }
}
