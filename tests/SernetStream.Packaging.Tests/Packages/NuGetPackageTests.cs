using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Packages;

/// <summary>Our NuGet packages, as their users get them.</summary>
public sealed partial class NuGetPackageTests : IDisposable
{
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("SernetStream.Abstractions")]
    [InlineData("SernetStream.Dsp", "SernetStream.Abstractions")]
    public async Task A_package_has_its_page_documentation_licence_and_sources(string project, params string[] needs)
    {
        var packages = await LocalPackages.PackAsync(_folder, project);

        using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(packages, "*.nupkg")));
        string[] wanted = ["README.md", $"lib/net10.0/{project}.dll", $"lib/net10.0/{project}.xml"];
        Assert.All(wanted, name => Assert.NotNull(package.GetEntry(name)));
        using var description = package.GetEntry($"{project}.nuspec")!.Open();
        var nuspec = XDocument.Load(description);
        Assert.Equal("MIT", Values(nuspec, "license").Single());
        Assert.Equal("README.md", Values(nuspec, "readme").Single());
        Assert.NotEqual("Package Description", Values(nuspec, "description").Single());
        Assert.Equal(needs, nuspec.Descendants().Where(node => node.Name.LocalName == "dependency").Select(node => node.Attribute("id")!.Value));
        Assert.All(Sources(Assert.Single(Directory.GetFiles(packages, "*.snupkg")), project), source => Assert.True(source.Embedded, source.Name));
    }

    [Fact]
    public async Task The_examples_of_both_pages_can_be_built_and_run()
    {
        var packages = await LocalPackages.PackAsync(_folder, "SernetStream.Abstractions");
        await LocalPackages.PackAsync(_folder, "SernetStream.Dsp");
        var folder = Directory.CreateDirectory(_folder.PathOf("Example")).FullName;
        File.WriteAllText(
            Path.Combine(folder, "Example.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="SernetStream.Dsp" Version="0.1.0" />
              </ItemGroup>
            </Project>
            """);
        var blocks = Examples("SernetStream.Dsp");
        var usings = blocks.SelectMany(block => Using().Matches(block).Select(match => match.Value)).Distinct();
        File.WriteAllText(
            Path.Combine(folder, "Program.cs"), string.Join('\n', [.. usings, .. blocks.Select(block => Using().Replace(block, ""))]));
        File.WriteAllText(Path.Combine(folder, "Plugin.cs"), Examples("SernetStream.Abstractions").Single());

        await DotnetAsync("build", folder, "--source", packages);
        var result = await DotnetAsync("run", "--project", folder, "--no-build");

        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(16, lines.Length);
        Assert.All(lines[..^1], line => Assert.Matches(@"^\d+: \d+ x 40, second coefficient -?\d+\.\d\d$", line));
        Assert.Equal("16000", lines[^1]);
    }

    private async Task<ChildResult> DotnetAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("dotnet", arguments, LocalPackages.Environment(_folder), TimeSpan.FromMinutes(5));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        return result;
    }

    private static IEnumerable<string> Values(XDocument nuspec, string name) =>
        nuspec.Descendants().Where(node => node.Name.LocalName == name).Select(node => node.Value);

    private static List<string> Examples(string project) =>
        [.. CSharp().Matches(File.ReadAllText(Repository.PathOf("src", project, "README.md"))).Select(match => match.Groups[1].Value)];

    private static List<(string Name, bool Embedded)> Sources(string package, string project)
    {
        using var archive = ZipFile.OpenRead(package);
        using var file = archive.GetEntry($"lib/net10.0/{project}.pdb")!.Open();
        var bytes = new MemoryStream();
        file.CopyTo(bytes);
        using var symbols = MetadataReaderProvider.FromPortablePdbImage([.. bytes.ToArray()]);
        var reader = symbols.GetMetadataReader();
        return
        [
            .. reader.Documents.Select(handle => (
                reader.GetString(reader.GetDocument(handle).Name),
                reader.GetCustomDebugInformation(handle)
                    .Any(each => reader.GetGuid(reader.GetCustomDebugInformation(each).Kind) == EmbeddedSource))),
        ];
    }

    [GeneratedRegex(@"^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"^using [\w.]+;\n", RegexOptions.Multiline)]
    private static partial Regex Using();
}
