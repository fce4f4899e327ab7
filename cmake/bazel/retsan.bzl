"""Facts and findings as actions of Bazel.

An aspect gives every cc_* target one action for each of its sources, which runs
`retsan extract` with the flags of the compilation: it is cached, sandboxed and run
remotely as compilations are. retsan_findings links the facts of what its targets
depend on, which is one program, and is an action too.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME", "C_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

RetsanFactsInfo = provider(
    doc = "Facts of a target's sources and of all that it depends on.",
    fields = {"facts": "depset of files", "sources": "depset of all files that they were made of"},
)

_C = ["c"]
_CPP = ["cc", "cpp", "cxx", "c++", "C"]

def _flags(target, ctx, toolchain, language):
    """The flags of the target's own compilation, from the toolchain."""
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features + ["module_maps"],
    )
    context = target[CcInfo].compilation_context
    cpp = ctx.fragments.cpp
    copts = [
        word
        for opt in getattr(ctx.rule.attr, "copts", [])
        for word in ctx.tokenize(ctx.expand_make_variables("copts", opt, {}))
    ]
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = cpp.copts + (cpp.conlyopts if language == "c" else cpp.cxxopts) + copts,
        include_directories = context.includes,
        quote_include_directories = context.quote_includes,
        system_include_directories = context.system_includes,
        framework_include_directories = context.framework_includes,
        preprocessor_defines = depset(transitive = [context.defines, context.local_defines]),
    )
    return cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = C_COMPILE_ACTION_NAME if language == "c" else CPP_COMPILE_ACTION_NAME,
        variables = variables,
    )

def _facts_aspect_impl(target, ctx):
    below = [
        dep[RetsanFactsInfo]
        for name in ["deps", "implementation_deps"]
        for dep in getattr(ctx.rule.attr, name, [])
        if RetsanFactsInfo in dep
    ]
    own = []
    read = []
    if CcInfo in target and hasattr(ctx.rule.files, "srcs"):
        toolchain = find_cpp_toolchain(ctx)
        headers = target[CcInfo].compilation_context.headers

        # Headers that only this target's own sources see.
        read = [depset(ctx.rule.files.srcs, transitive = [headers])]
        private = [f for f in ctx.rule.files.srcs if f.extension not in _C + _CPP]
        for language, extensions in [("c", _C), ("c++", _CPP)]:
            files = [f for f in ctx.rule.files.srcs if f.extension in extensions]
            if not files:
                continue
            flags = _flags(target, ctx, toolchain, language)
            for source in files:
                # Two sources of a package may share a name, and two targets a source.
                out = ctx.actions.declare_file("_retsan/{}/{}.facts".format(
                    target.label.name,
                    source.short_path.replace("../", "external/"),
                ))
                args = ctx.actions.args()
                args.add("extract")
                args.add("--strip=.")
                args.add(source)
                args.add("-o", out)
                args.add("--")
                args.add_all(flags)
                ctx.actions.run(
                    outputs = [out],
                    inputs = depset([source] + private, transitive = [headers]),
                    executable = ctx.executable._retsan,
                    arguments = [args],
                    mnemonic = "RetsanFacts",
                    progress_message = "Extracting facts of {}".format(source.short_path),
                )
                own.append(out)
    facts = depset(own, transitive = [info.facts for info in below])
    return [
        RetsanFactsInfo(facts = facts, sources = depset(transitive = read + [info.sources for info in below])),
        OutputGroupInfo(retsan_facts = facts),
    ]

_RETSAN = attr.label(
    default = "@retsan_local//:retsan",
    executable = True,
    allow_single_file = True,
    cfg = "exec",
)

retsan_facts = aspect(
    implementation = _facts_aspect_impl,
    doc = "bazel build --aspects=@retsan//:retsan.bzl%retsan_facts --output_groups=retsan_facts //...",
    attr_aspects = ["deps", "implementation_deps"],
    attrs = {
        "_retsan": _RETSAN,
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def _findings_of(ctx, out):
    """Links the facts of deps. NOLINT is read from the sources."""
    facts = depset(transitive = [dep[RetsanFactsInfo].facts for dep in ctx.attr.deps])
    sources = depset(transitive = [dep[RetsanFactsInfo].sources for dep in ctx.attr.deps])
    args = ctx.actions.args()
    args.add_all(["link", "--quiet", "--fail-on=none", "-o", out])
    args.add_all(ctx.attr.options)
    names = ctx.actions.args()
    names.add_all(facts)
    names.use_param_file("@%s", use_always = True)
    names.set_param_file_format("multiline")
    ctx.actions.run(
        outputs = [out],
        inputs = depset(transitive = [facts, sources]),
        executable = ctx.executable._retsan,
        arguments = [args, names],
        mnemonic = "RetsanLink",
        progress_message = "Solving the records of {}".format(ctx.label),
    )
    return sources

def _findings_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    _findings_of(ctx, out)
    return [DefaultInfo(files = depset([out]))]

def _test_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    sources = _findings_of(ctx, out)
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(script, "#!/bin/sh\nexec '{}' report --fail-on={} '{}'\n".format(
        ctx.executable._retsan.short_path,
        ctx.attr.fail_on,
        out.short_path,
    ), is_executable = True)
    runfiles = ctx.runfiles([out, ctx.executable._retsan], transitive_files = sources)
    return [DefaultInfo(executable = script, files = depset([script, out]), runfiles = runfiles)]

_LINK = {
    "deps": attr.label_list(aspects = [retsan_facts], mandatory = True),
    "options": attr.string_list(doc = "More options of `retsan link`, such as --level=medium."),
    "_retsan": _RETSAN,
}

retsan_findings = rule(
    implementation = _findings_impl,
    doc = "NAME.json: the findings of the program that deps are.",
    attrs = _LINK,
)

retsan_test = rule(
    implementation = _test_impl,
    doc = "Fails and shows the findings of the program that deps are, as `retsan report --fail-on` does.",
    attrs = dict(_LINK, fail_on = attr.string(default = "high", values = ["high", "new"])),
    test = True,
)

def _local_impl(ctx):
    tool = ctx.attr.path or ctx.which("retsan")
    if not tool:
        fail("retsan_local: there is no `retsan` in PATH; give its path")
    version = ctx.execute([tool, "--version"])
    if version.return_code != 0:
        fail("retsan_local: {} --version: {}".format(tool, version.stderr))

    # The version is in the wrapper, so that another one makes the facts anew.
    ctx.file("retsan", "#!/bin/sh\n# {}\nexec '{}' \"$@\"\n".format(
        "\n# ".join(version.stdout.strip().split("\n")),
        tool,
    ))
    ctx.file("BUILD", "exports_files([\"retsan\"])\n")

retsan_local = repository_rule(
    implementation = _local_impl,
    doc = "The installed retsan, at the same path wherever actions run.",
    attrs = {"path": attr.string(doc = "Default: the one in PATH.")},
    environ = ["PATH"],
    local = True,
    configure = True,
)
