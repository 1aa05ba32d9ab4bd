using SernetStream.PluginSupervisor.Hosted;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Host;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class PluginFolderTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();
    private readonly PluginFolder _asRoot;

    public PluginFolderTests()
    {
        Directory.CreateDirectory(_folder.PathOf("Lamp"), Private);
        File.SetUnixFileMode(_folder.Write("Lamp/Lamp.dll", "x"), Private);
        _asRoot = new PluginFolder(_folder.FullPath, isPrivileged: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Lamp")]
    [InlineData("Lamp/Lamp.dll")]
    public void As_root_what_others_may_write_to_is_refused(string what)
    {
        var path = _folder.PathOf(what);
        Assert.EndsWith("Lamp.dll", _asRoot.Find("Lamp"), StringComparison.Ordinal);
        foreach (var others in (UnixFileMode[])[UnixFileMode.GroupWrite, UnixFileMode.OtherWrite])
        {
            File.SetUnixFileMode(path, Private | others);
            var refusal = Assert.Throws<PluginException>(() => _asRoot.Find("Lamp")).Message;
            Assert.Contains("not loaded by root, because others may write to", refusal, StringComparison.Ordinal);
            Assert.Contains("chmod go-w", refusal, StringComparison.Ordinal);
            Assert.EndsWith("Lamp.dll", new PluginFolder(_folder.FullPath, isPrivileged: false).Find("Lamp"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task As_root_what_belongs_to_somebody_else_is_refused()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            // Only root can change a file's owner, so other users skip the rest.
            return;
        }

        await ChildProcess.RunAsync("chown", ["65534", _folder.PathOf("Lamp/Lamp.dll")]);
        Assert.Contains(
            "belongs to user 65534", Assert.Throws<PluginException>(() => _asRoot.Find("Lamp")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plugins_that_are_there_are_listed()
    {
        Directory.CreateDirectory(_folder.PathOf("Empty"));
        Directory.CreateDirectory(_folder.PathOf("Blinds"));
        _folder.Write("Blinds/Blinds.dll", "x");
        Assert.Equal(["Blinds", "Lamp"], _asRoot.Names);
        Assert.Empty(new PluginFolder(_folder.PathOf("nowhere")).Names);
    }

    public void Dispose() => _folder.Dispose();
}
