//! Which modules lie together. The system maps the executable in pieces of many pages, so that the bytecode of modules which
//! are imported together is best kept in one place.

/// The modules that a start imports, and those that many programs do, in the order of imports.
const FIRST: &str = "\
    importlib._bootstrap importlib._bootstrap_external abc _collections_abc io stat genericpath posixpath os \
    _sitebuiltins site types enum re._constants re._parser re._casefix re._compiler keyword operator reprlib \
    collections functools copyreg re json.scanner json.decoder json.encoder codecs json _weakrefset weakref copy ast \
    annotationlib _opcode_metadata opcode dis importlib importlib.machinery linecache token tokenize inspect \
    dataclasses gettext argparse typing concurrent textwrap _py_warnings warnings __future__ codeop _colorize \
    contextlib traceback string threading logging concurrent.futures._base concurrent.futures heapq socket \
    encodings.aliases encodings locale signal selectors subprocess asyncio.constants asyncio.coroutines contextvars \
    asyncio.format_helpers asyncio.events asyncio.exceptions asyncio.base_futures asyncio.futures asyncio.protocols \
    asyncio.transports asyncio.log asyncio.sslproto asyncio.mixins asyncio.locks asyncio.base_tasks asyncio.queues \
    asyncio.timeouts asyncio.tasks asyncio.staggered asyncio.trsock asyncio.base_events asyncio.graph \
    asyncio.runners asyncio.streams asyncio.subprocess asyncio.taskgroups asyncio.threads asyncio.base_subprocess \
    asyncio.selector_events asyncio.unix_events asyncio bisect random numbers fractions decimal statistics ntpath \
    fnmatch glob pathlib._os pathlib compression compression._common compression._common._streams bz2 lzma \
    compression.zstd._zstdfile compression.zstd shutil tempfile datetime struct _compat_pickle pickle queue urllib \
    ipaddress urllib.parse hashlib base64 csv unittest.util unittest.result difflib pprint unittest.case \
    unittest.suite unittest.loader unittest.signals unittest.runner unittest.main unittest platform http email \
    email.errors email.quoprimime email.base64mime quopri email.encoders email.charset email.header email._parseaddr \
    email.utils email._policybase email.feedparser email.parser email._encoded_words email.iterators email.message \
    http.client importlib._abc importlib.util zipfile._path.glob zipfile._path zipfile importlib.metadata._meta \
    importlib.metadata._collections importlib.metadata._functools importlib.metadata._itertools importlib.abc \
    importlib.metadata multiprocessing.process multiprocessing.reduction multiprocessing.context multiprocessing \
    uuid xml xml.etree xml.etree.ElementPath xml.etree.ElementTree html.entities html optparse configparser code \
    runpy sysconfig zipimport pkgutil \
";

/// Where a module comes: by this, then by name.
pub fn rank(module: &str) -> usize {
    FIRST.split(' ').filter(|name| !name.is_empty()).position(|name| name == module).unwrap_or(usize::MAX)
}
