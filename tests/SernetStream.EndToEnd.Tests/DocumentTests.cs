using System.Text.RegularExpressions;
using System.Xml.Linq;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>The documents' links and their statements about the repository that no other test checks.</summary>
public partial class DocumentTests
{
    private static readonly string[] Documents =
    [
        .. Directory.GetFiles(Repository.PathOf(), "*.md"),
        .. Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories),
        Repository.PathOf("training", "README.md"),
    ];

    [Fact]
    public void Every_link_leads_somewhere()
    {
        var links = Documents.SelectMany(document => Link().Matches(Prose(document))
            .Select(link => (Document: document, Path: link.Groups[1].Value, Anchor: link.Groups[2].Value)))
            .ToList();
        Assert.InRange(links.Count, 50, int.MaxValue);
        Assert.All(links, link =>
        {
            var target = link.Path.Length == 0
                ? link.Document
                : Path.GetFullPath(link.Path, Path.GetDirectoryName(link.Document)!);
            Assert.True(Path.Exists(target), $"{link.Document}: {link.Path} is not there.");
            Assert.True(
                link.Anchor.Length == 0 || Anchors(target).Contains(link.Anchor),
                $"{link.Document}: {link.Path} has no heading #{link.Anchor}.");
        });
    }

    [Fact]
    public void Every_package_is_listed_with_its_licence()
    {
        var list = File.ReadAllText(Repository.PathOf("docs", "developer", "dependencies.md"));
        var packages = XDocument.Load(Repository.PathOf("Directory.Packages.props")).Descendants("ItemGroup")
            .Where(group => group.Attribute("Label") is null)
            .Elements("PackageVersion")
            .Select(package => (string)package.Attribute("Include")!);

        // The list describes OpenTelemetry's packages in words.
        Assert.DoesNotContain(
            packages.Where(package => !package.StartsWith("OpenTelemetry.", StringComparison.Ordinal)),
            package => !list.Contains(package, StringComparison.Ordinal));
    }

    private static HashSet<string> Anchors(string document) =>
    [
        .. Heading().Matches(Fence().Replace(File.ReadAllText(document), ""))
            .Select(heading => heading.Groups[1].Value.Trim().ToLowerInvariant())
            .Select(heading => NoLetter().Replace(heading, "").Replace(' ', '-')),
    ];

    private static string Prose(string document) => Code().Replace(Fence().Replace(File.ReadAllText(document), ""), "");

    [GeneratedRegex(@"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6}\s+(.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\s*```.*?^\s*```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"[^\p{L}\p{N}_ -]")]
    private static partial Regex NoLetter();
}
